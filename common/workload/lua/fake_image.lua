-- fake_image: image.*; URLs under a name reserved for examples, as plain text: there is no picture behind them.
local need = ...
local byte, format, gsub = string.byte, string.format, string.gsub

return function(random, now)
  local kit = need("kit")(random, now)
  local CATEGORIES = kit.words [[
    abstract animals business cats city food nightlife fashion people nature sports technics transport]]

  local function url(width, height, category, randomize, https)
    width = kit.integer(width, "width", 640, 1, 100000)
    height = kit.integer(height, "height", 480, 1, 100000)
    category = kit.text(category, "category")
    local text = format("%s://images.example.com/%d/%d%s", kit.flag(https, "https", false) and "https" or "http",
      width, height, category and "/" .. category or "")
    if not kit.flag(randomize, "randomize", false) then
      return kit.constant(text)
    end
    return kit.compose("{{base}}?{{number}}", { base = text, number = kit.range(0, 100000) })
  end

  kit.define("image.imageUrl", "string", 5, "width = 640, height = 480, category, randomize = false, https = false",
    "The URL of a picture that does not exist; randomize adds a number", url)

  for _, category in ipairs(CATEGORIES) do
    kit.define("image." .. category, "string", 3, "width = 640, height = 480, randomize = false",
      "A picture's URL with the category " .. category, function(width, height, randomize)
        return url(width, height, category, randomize)
      end)
  end

  kit.define("image.image", "string", 3, "width = 640, height = 480, randomize = false",
    "A picture's URL with any of the categories", function(width, height, randomize)
      local makers = {}
      for i, category in ipairs(CATEGORIES) do
        makers[i] = url(width, height, category, randomize)
      end
      return kit.either(makers)
    end)

  kit.define("image.avatar", "string", 0, "", "The same as internet.avatar", function()
    return kit.bound("internet.avatar")
  end)

  local SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"><rect width="100%%" height="100%%" ' ..
    'fill="grey"/><text x="0" y="20" font-size="20" fill="white">%dx%d</text></svg>'
  kit.define("image.dataUri", "string", 2, "width = 640, height = 480", "A grey picture as a data: URI",
    function(width, height)
      width = kit.integer(width, "width", 640, 1, 100000)
      height = kit.integer(height, "height", 480, 1, 100000)
      local escaped = gsub(format(SVG, width, height, width, height), "[^%w._~!*'()-]", function(char)
        return format("%%%02X", byte(char))
      end)
      return kit.constant("data:image/svg+xml;charset=UTF-8," .. escaped)
    end)

  return kit.of("image")
end
