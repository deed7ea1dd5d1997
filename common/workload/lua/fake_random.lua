-- fake_random: random.*
local need = ...
local format = string.format

return function(random, now)
  local kit = need("kit")(random, now)
  local below, unit, bits = random.below, random.unit, random.bits
  local band, bor, rshift = bit.band, bit.bor, bit.rshift
  local ceil, floor = math.ceil, math.floor

  kit.define("random.number", "number", 1, 'max or {"min": 0, "max": 99999, "precision": 1}',
    "A multiple of precision from min to max, both included", function(options)
      if type(options) == "number" then
        options = { max = options }
      end
      options = kit.object(options, "min max precision")
      local min = kit.number(options.min, "min", 0)
      local max = kit.number(options.max, "max", 99999)
      local precision = kit.number(options.precision, "precision", 1, 1e-9, 1e15)
      if min > max then
        error(format("min is %.14g, above max %.14g", min, max), 0)
      end
      -- Steps are counted with a little leave: 0.3 / 0.1 is 2.9999999999999996.
      local first, last = ceil(min / precision - 1e-9), floor(max / precision + 1e-9)
      if first > last then
        error(format("no multiple of precision %.14g lies between min %.14g and max %.14g", precision, min,
          max), 0)
      end
      if last - first >= 2 ^ 53 then
        error("more than 2^53 values lie between min and max", 0)
      end
      local steps = kit.range(first, last - first + 1)
      if precision == 1 then
        return steps
      end
      local inverse = floor(1 / precision + 0.5)
      if inverse >= 1 and math.abs(inverse * precision - 1) < 1e-9 then
        return function()
          return steps() / inverse -- the nearest double to 0.29, where 29 * 0.01 is not
        end
      end
      return function()
        return steps() * precision
      end
    end)

  kit.define("random.boolean", "boolean", 0, "", "True or false", function()
    return function()
      return below(2) == 1
    end
  end)

  kit.define("random.arrayElement", "any", 1, '["a", "b", "c"]', "An element of the list, each as likely",
    function(list)
      return kit.pick(kit.array(list == nil and { "a", "b", "c" } or list, "the list"))
    end)

  -- Walker's alias method: any number of weights for one draw. Column i is kept with probability keep[i], or else it
  -- stands for other[i].
  local function alias(weights, total)
    local count = #weights
    local keep, other, small, large = {}, {}, {}, {}
    for i = 1, count do
      keep[i], other[i] = weights[i] * count / total, i
      table.insert(keep[i] < 1 and small or large, i)
    end
    while #small > 0 and #large > 0 do
      local low, high = table.remove(small), large[#large]
      other[low] = high
      keep[high] = keep[high] - (1 - keep[low])
      if keep[high] < 1 then
        table.insert(small, table.remove(large))
      end
    end
    for _, rest in ipairs({ small, large }) do
      for _, i in ipairs(rest) do
        keep[i] = 1 -- what rounding left over
      end
    end
    return keep, other
  end

  local function weights_of(object)
    local weights, data = kit.array(object.weights, "weights"), kit.array(object.data, "data")
    if #weights ~= #data then
      error(format("%d weights for %d data", #weights, #data), 0)
    end
    local total = 0
    for i, weight in ipairs(weights) do
      total = total + kit.number(weight, "weight " .. i, nil, 0, 1e15)
    end
    if total <= 0 then
      error("all weights are 0", 0)
    end
    return weights, data, total
  end

  kit.define("random.weightedArrayElement", "any", 1, '{"weights": [0.3, 0.7], "data": ["cat", "dog"]}',
    "An element of data, as likely as its weight's share in the sum of weights", function(object)
      object = object == nil and { weights = { 1, 1 }, data = { "dog", "cat" } } or object
      local weights, data, total = weights_of(kit.object(object, "weights data"))
      local keep, other = alias(weights, total)
      local count = #data
      return function()
        local at = unit() * count
        local i = floor(at)
        if at - i < keep[i + 1] then
          return data[i + 1]
        end
        return data[other[i + 1]]
      end
    end)

  kit.define("random.objectElement", "any", 2, '{"a": 1, "b": 2}, "key"',
    'The value of a member of the object, or with "key" its name', function(object, field)
      object = object == nil and { foo = "bar", too = "car" } or object
      if field ~= nil and field ~= "key" then
        kit.refuse("field", field, '"key"')
      end
      if type(object) ~= "table" or next(object) == nil or object[1] ~= nil then
        kit.refuse("the argument", object, 'an object like {"a": 1}')
      end
      local names, values = kit.names(object), {}
      for i, name in ipairs(names) do
        values[i] = object[name]
      end
      return kit.pick(field == "key" and names or values)
    end)

  kit.define("random.uuid", "string", 0, "", "A UUID of version 4 (RFC 9562)", function()
    local hex = kit.hex
    return function()
      local a, b, c, d = bits(), bits(), bits(), bits()
      return hex[band(a, 255)] .. hex[band(rshift(a, 8), 255)] .. hex[band(rshift(a, 16), 255)] ..
        hex[rshift(a, 24)] .. "-" .. hex[band(b, 255)] .. hex[band(rshift(b, 8), 255)] .. "-" ..
        hex[bor(band(rshift(b, 16), 15), 64)] .. hex[rshift(b, 24)] .. "-" ..
        hex[bor(band(c, 63), 128)] .. hex[band(rshift(c, 8), 255)] .. "-" ..
        hex[band(rshift(c, 16), 255)] .. hex[rshift(c, 24)] .. hex[band(d, 255)] ..
        hex[band(rshift(d, 8), 255)] .. hex[band(rshift(d, 16), 255)] .. hex[rshift(d, 24)]
    end
  end)

  kit.define("random.alphaNumeric", "string", 1, "count = 1", "That many of 0-9 and a-z", function(count)
    count = kit.integer(count, "count", 1, 1, 65536)
    local chars = kit.words "0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z"
    if count == 1 then
      return kit.pick(chars)
    end
    return kit.repeated(chars, count, count, "")
  end)

  -- The lists that words come from; one is chosen first, so that short lists are heard as often as long ones.
  local SOURCES = kit.words [[
    commerce.department commerce.productAdjective commerce.productMaterial commerce.product commerce.color
    company.catchPhraseAdjective company.catchPhraseDescriptor company.catchPhraseNoun company.bsAdjective
    company.bsBuzz company.bsNoun address.streetSuffix address.county address.country address.state
    finance.accountType finance.transactionType finance.currencyName hacker.noun hacker.verb hacker.adjective
    hacker.ingverb hacker.abbreviation name.jobDescriptor name.jobArea name.jobType]]

  local function words_of(change)
    local lists = {}
    for i, name in ipairs(SOURCES) do
      lists[i] = {}
      for k, word in ipairs(kit.lists[name]) do
        lists[i][k] = change and change(word) or word
      end
    end
    local count = #lists
    return function()
      local list = lists[below(count) + 1]
      return list[below(#list) + 1]
    end
  end

  -- low .. high words, joined; also the names of files are made so.
  function kit.random_words(low, high, gap, change)
    local word, lengths, buffer = words_of(change), kit.range(low, high - low + 1), {}
    return function()
      local count = lengths()
      for i = 1, count do
        buffer[i] = word()
      end
      return table.concat(buffer, gap, 1, count)
    end
  end

  kit.define("random.word", "string", 1, "type: ignored", "A word or two of any field", function()
    return words_of()
  end)

  kit.define("random.words", "string", 1, "count = 1 to 3", "That many of random.word", function(count)
    count = kit.integer(count, "count", nil, 1, 1000)
    return kit.random_words(count or 1, count or 3, " ")
  end)

  kit.define("random.image", "string", 0, "", "The same as image.image", function()
    return kit.bound("image.image")
  end)

  kit.define_list("random.locale", "A locale", kit.words [[
    az cz de de_AT de_CH en en_AU en_CA en_GB en_IE en_IND en_US es es_MX fa fr fr_CA id_ID it ja ko nb_NO nl pl pt_BR
    ru sk sv tr uk vi zh_CN zh_TW]])

  return kit.of("random")
end
