-- fake_helpers: helpers.*; cards are tables, objects of JSON in an event.
local need = ...
local gsub = string.gsub

return function(random, now)
  local kit = need("kit")(random, now)
  local below = random.below

  kit.define("helpers.randomize", "any", 1, '["a", "b", "c"]', "The same as random.arrayElement", function(...)
    return kit.bound("random.arrayElement", ...)
  end)

  kit.define("helpers.slugify", "string", 1, "string", "The text with hyphens for spaces, fit for a URL",
    function(text)
      text = kit.text(text, "string", "")
      return kit.constant((gsub(gsub(text, " ", "-"), "[^%w_.-]", "")))
    end)

  kit.define("helpers.replaceSymbolWithNumber", "string", 2, 'string, symbol = "#"',
    "The text with a digit for each symbol", function(text, symbol)
      text, symbol = kit.text(text, "string", ""), kit.text(symbol, "symbol", "#")
      if #symbol ~= 1 then
        kit.refuse("symbol", symbol, "one character")
      end
      return kit.mix({ kit.symbols(text, symbol) })
    end)

  kit.define("helpers.replaceSymbols", "string", 1, "string",
    "The text with a digit for each # and a letter for each ?", function(text)
      return kit.mix({ kit.symbols(kit.text(text, "string", ""), "#", true) })
    end)

  kit.define("helpers.shuffle", "string", 1, '["a", "b", "c"]', "The list's elements in any order, with commas",
    function(list)
      local values = kit.array(list == nil and { "a", "b", "c" } or list, "the list")
      for i, value in ipairs(values) do
        if type(value) == "table" then
          kit.refuse("element " .. i, value, "text, a number or a boolean")
        end
        values[i] = tostring(value)
      end
      local count = #values
      return function()
        for i = count, 2, -1 do -- Fisher and Yates; shuffling the last order again is as fair
          local k = below(i) + 1
          values[i], values[k] = values[k], values[i]
        end
        return table.concat(values, ",")
      end
    end)

  kit.define("helpers.mustache", "string", 2, 'str, data, as "I am {{name}}", {"name": "Ada"}',
    "The text with the data's members put in", function(text, data)
      text = kit.text(text, "str", "")
      if data ~= nil and type(data) ~= "table" then
        kit.refuse("data", data, "an object")
      end
      return kit.constant((gsub(text, "{{([^{}]+)}}", function(name)
        local value = data and data[name]
        if type(value) == "table" then
          kit.refuse('"' .. name .. '" of data', value, "text, a number or a boolean")
        end
        return value ~= nil and tostring(value) or nil
      end)))
    end)

  local GEO = { lat = "{{address.latitude}}", lng = "{{address.longitude}}" }
  local COMPANY = { name = "{{company.companyName}}", catchPhrase = "{{company.catchPhrase}}", bs = "{{company.bs}}" }
  local HOME = {
    street = "{{address.streetName}}", suite = "{{address.secondaryAddress}}", city = "{{address.city}}",
    zipcode = "{{address.zipCode}}", geo = GEO,
  }
  local POST = {
    words = "{{lorem.words}}", sentence = "{{lorem.sentence}}", sentences = "{{lorem.sentences}}",
    paragraph = "{{lorem.paragraph}}",
  }
  local TRANSACTION = {
    amount = "{{finance.amount}}", date = "{{date.past}}", business = "{{company.companyName}}",
    name = "{{finance.accountName}} {{finance.mask}}", type = "{{finance.transactionType}}",
    account = "{{finance.account}}",
  }

  local function person(address)
    return {
      name = "{{name.findName}}", username = "{{internet.userName}}", email = "{{internet.email}}", address = address,
      phone = "{{phone.phoneNumber}}", website = "{{internet.domainName}}", company = COMPANY,
    }
  end

  kit.define("helpers.createTransaction", "object", 0, "", "A transaction of a bank", function()
    return kit.record(TRANSACTION)
  end)

  kit.define("helpers.userCard", "object", 0, "", "A person with address, telephone, website and company", function()
    return kit.record(person(HOME))
  end)

  kit.define("helpers.createCard", "object", 0, "", "A userCard with three posts and three transactions", function()
    local card = person({
      streetA = "{{address.streetName}}", streetB = "{{address.streetAddress}}",
      streetC = kit.bound("address.streetAddress", true), streetD = "{{address.secondaryAddress}}",
      city = "{{address.city}}", state = "{{address.state}}", country = "{{address.country}}",
      zipcode = "{{address.zipCode}}", geo = GEO,
    })
    card.posts, card.accountHistory = { POST, POST, POST }, { TRANSACTION, TRANSACTION, TRANSACTION }
    return kit.record(card)
  end)

  kit.define("helpers.contextualCard", "object", 0, "",
    "A person whose username and e-mail belong to the name, born up to 50 years before September 1992", function()
      local form = person(HOME)
      form.name, form.username, form.email = "{{name.firstName}}", nil, nil
      form.avatar, form.dob = "{{internet.avatar}}", kit.bound("date.past", 50, "1992-09-20T19:35:02Z")
      local card, provider = kit.record(form), kit.pick(kit.lists["internet.provider"])
      return function()
        local out = card()
        out.username = out.name .. below(100)
        out.email = out.username .. provider()
        return out
      end
    end)

  return kit.of("helpers")
end
