-- fake_phone: phone.*
local need = ...
local rep = string.rep

return function(random, now)
  local kit = need("kit")(random, now)
  -- The written forms of North America: a number, one with 1 before it, either with an extension of 3 to 5 digits.
  local FORMATS = { "###-###-####", "(###) ###-####", "1-###-###-####", "###.###.####" }
  for extension = 3, 5 do
    for base = 1, 4 do
      FORMATS[#FORMATS + 1] = FORMATS[base] .. " x" .. rep("#", extension)
    end
  end

  kit.define_list("phone.phoneFormats", "A format of telephone numbers, # standing for a digit", FORMATS)

  kit.define("phone.phoneNumber", "string", 1, 'format, as "+49 ### ######"',
    "A telephone number in one of 16 formats, or in the given one (# a digit)", function(text)
      text = kit.text(text, "format")
      if text then
        return kit.mix({ kit.symbols(text, "#") })
      end
      local forms = {}
      for i, format in ipairs(FORMATS) do
        forms[i] = kit.form(format)
      end
      return kit.mix(forms)
    end)

  kit.define("phone.phoneNumberFormat", "string", 1, "phoneFormatsArrayIndex = 0",
    "A telephone number in the format of that index, 0 .. 15", function(index)
      index = kit.integer(index, "phoneFormatsArrayIndex", 0, 0, #FORMATS - 1)
      return kit.compose(FORMATS[index + 1])
    end)

  return kit.of("phone")
end
