-- fake_internet: internet.*
--
-- E-mail addresses, avatars and pictures live under names that are reserved for examples (RFC 2606): no event can make
-- anybody's mailbox or server busy.
local need = ...
local char, gsub, lower, match, sub = string.char, string.gsub, string.lower, string.match, string.sub

return function(random, now)
  local kit = need("kit")(random, now)
  local below, bits = random.below, random.bits
  local band, rshift = bit.band, bit.rshift
  local hex = kit.hex

  kit.define("internet.avatar", "string", 0, "", "The URL of a picture that does not exist", function()
    return kit.compose("https://avatars.example.com/###/128.jpg")
  end)

  -- The forms of a login, followed by `tail`. Names given by the template lose what fits into no login.
  local function logins(first, last, unfit, tail)
    first, last = kit.text(first, "firstName", ""), kit.text(last, "lastName", "")
    first, last = gsub(first, unfit, ""), gsub(last, unfit, "")
    local numbers = {}
    for value = 0, 99 do
      numbers[value + 1] = tostring(value)
    end
    local own = {
      first = first ~= "" and first or kit.lists["name.firstName"],
      last = last ~= "" and last or kit.lists["name.lastName"],
      dot = { ".", "_" },
      number = numbers,
      tail = tail,
    }
    return kit.mix({
      kit.form("{{first}}{{number}}{{tail}}", own),
      kit.form("{{first}}{{dot}}{{last}}{{tail}}", own),
      kit.form("{{first}}{{dot}}{{last}}{{number}}{{tail}}", own),
    })
  end

  kit.define("internet.userName", "string", 2, "firstName, lastName", "A login: a name with a number, or two names",
    function(first, last)
      return logins(first, last, "[' ]", "")
    end)

  local PROVIDERS = kit.words [[
    fastpost.example letterbox.example mailhaus.example paperplane.example pigeon.example postbox.example]]
  local UNFIT = "[^%w_.-]"
  for i, provider in ipairs(PROVIDERS) do
    PROVIDERS[i] = "@" .. provider
  end
  kit.lists["internet.provider"] = PROVIDERS

  kit.define("internet.email", "string", 3, "firstName, lastName, provider",
    "An e-mail address; by default at a provider under .example, which receives nothing",
    function(first, last, provider)
      provider = kit.text(provider, "provider")
      return logins(first, last, UNFIT, provider and "@" .. provider or PROVIDERS)
    end)

  kit.define("internet.exampleEmail", "string", 2, "firstName, lastName",
    "An e-mail address at example.com, .net or .org", function(first, last)
      return logins(first, last, UNFIT, { "@example.com", "@example.net", "@example.org" })
    end)

  kit.define_list("internet.protocol", "The protocol of a URL: http or https", { "http", "https" })
  kit.define_list("internet.domainSuffix", "A top-level domain", kit.words "com biz info name net org")
  kit.define("internet.domainWord", "string", 0, "", "A word of a domain", function()
    local words = {}
    for i, name in ipairs(kit.lists["name.firstName"]) do
      words[i] = lower(name)
    end
    return kit.pick(words)
  end)
  kit.define("internet.domainName", "string", 0, "", "A domain", function()
    return kit.compose("{{internet.domainWord}}.{{internet.domainSuffix}}")
  end)
  kit.define("internet.url", "string", 0, "", "An address of the web", function()
    return kit.compose("{{internet.protocol}}://{{internet.domainName}}")
  end)

  -- "0" .. "255" at [0] .. [255].
  local octets = {}
  for value = 0, 255 do
    octets[value] = tostring(value)
  end
  kit.define("internet.ip", "string", 0, "", "An IPv4 address, each number 0 to 255", function()
    return function()
      local x = bits()
      return octets[band(x, 255)] .. "." .. octets[band(rshift(x, 8), 255)] .. "." ..
        octets[band(rshift(x, 16), 255)] .. "." .. octets[rshift(x, 24)]
    end
  end)

  kit.define("internet.ipv6", "string", 0, "", "An IPv6 address, eight groups of four digits", function()
    local function group()
      local x = bits()
      return hex[band(x, 255)] .. hex[band(rshift(x, 8), 255)] .. ":" ..
        hex[band(rshift(x, 16), 255)] .. hex[rshift(x, 24)]
    end
    return kit.compose("{{g}}:{{g}}:{{g}}:{{g}}", { g = group })
  end)

  kit.define("internet.mac", "string", 0, "", "A hardware address, six pairs of digits", function()
    return function()
      local x, y = bits(), bits()
      return hex[band(x, 255)] .. ":" .. hex[band(rshift(x, 8), 255)] .. ":" ..
        hex[band(rshift(x, 16), 255)] .. ":" .. hex[rshift(x, 24)] .. ":" ..
        hex[band(y, 255)] .. ":" .. hex[band(rshift(y, 8), 255)]
    end
  end)

  kit.define("internet.color", "string", 3, "baseRed255 = 0, baseGreen255 = 0, baseBlue255 = 0",
    "A colour like #3f07a1, each part the mean of its base and a random value", function(red, green, blue)
      red = kit.integer(red, "baseRed255", 0, 0, 255)
      green = kit.integer(green, "baseGreen255", 0, 0, 255)
      blue = kit.integer(blue, "baseBlue255", 0, 0, 255)
      return function()
        return "#" .. hex[rshift(below(256) + red, 1)] .. hex[rshift(below(256) + green, 1)] ..
          hex[rshift(below(256) + blue, 1)]
      end
    end)

  kit.define("internet.session", "number", 0, "", "KDG's number of a session, 1007199254740991 to 9007199254740991",
    function()
      return kit.range(1007199254740991, 8000000000000001)
    end)

  kit.define("internet.userAgent", "string", 0, "", "What a browser says of itself", function()
    local function versions(low, high)
      local list = {}
      for version = low, high do
        list[#list + 1] = tostring(version)
      end
      return list
    end
    local own = {
      chrome = versions(96, 135),
      firefox = versions(90, 139),
      safari = versions(14, 18),
      minor = versions(0, 6),
      system = { "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
        "Linux; Android 13; K" },
    }
    local chrome = "Mozilla/5.0 ({{system}}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{{chrome}}.0.####.0 "
    return kit.mix({
      kit.form(chrome .. "Safari/537.36", own),
      kit.form(chrome .. "Safari/537.36 Edg/{{chrome}}.0.####.0", own),
      kit.form("Mozilla/5.0 ({{system}}; rv:{{firefox}}.0) Gecko/20100101 Firefox/{{firefox}}.0", own),
      kit.form("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " ..
        "Version/{{safari}}.{{minor}} Safari/605.1.15", own),
    })
  end)

  -- The printable characters that a class like [A-F0-9], \d or \w stands for.
  local function class_of(pattern)
    local inside = match(pattern, "^%[(.+)%]$") or match(pattern, "^\\[dw]$")
    if not inside then
      kit.refuse("pattern", pattern, "one class of characters, like [A-F0-9] or \\d,")
    end
    local negated = sub(inside, 1, 1) == "^"
    local member, at = {}, negated and 2 or 1
    while at <= #inside do
      local escaped = sub(inside, at, at) == "\\"
      at = escaped and at + 1 or at
      local first = sub(inside, at, at)
      local last = match(inside, "^%-(.)", at + 1) or first
      at = at + (match(inside, "^%-.", at + 1) and 3 or 1)
      for code = 33, 126 do
        local char = char(code)
        if escaped and first == "d" then
          member[code] = member[code] or match(char, "%d") ~= nil
        elseif escaped and first == "w" then
          member[code] = member[code] or match(char, "[%w_]") ~= nil
        elseif char >= first and char <= last then
          member[code] = true
        end
      end
    end
    local list = {}
    for code = 33, 126 do
      if (member[code] or false) ~= negated then
        list[#list + 1] = char(code)
      end
    end
    if #list == 0 then
      kit.refuse("pattern", pattern, "a class with a printable character in it")
    end
    return list
  end

  kit.define("internet.password", "string", 4, 'len = 15, memorable = false, pattern = "\\\\w", prefix = ""',
    "Characters of the pattern, which is one class like [A-Z0-9]; memorable: consonants and vowels by turns",
    function(length, memorable, pattern, prefix)
      length = kit.integer(length, "len", 15, 1, 1000)
      memorable = kit.flag(memorable, "memorable", false)
      pattern = kit.text(pattern, "pattern", "\\w")
      prefix = kit.text(prefix, "prefix", "")
      local rest = length - #prefix
      if rest <= 0 then
        return kit.constant(prefix)
      end
      if not memorable then
        return kit.compose("{{prefix}}{{rest}}", { prefix = prefix,
          rest = kit.repeated(class_of(pattern), rest, rest, "") })
      end
      local consonants, vowels = kit.words "b c d f g h j k l m n p q r s t v w x y z", kit.words "a e i o u"
      local odd, even = consonants, vowels
      if match(prefix, "[b-df-hj-np-tv-zB-DF-HJ-NP-TV-Z]$") then
        odd, even = vowels, consonants
      end
      local buffer = {}
      return function()
        for i = 1, rest, 2 do
          buffer[i] = odd[below(#odd) + 1]
          buffer[i + 1] = even[below(#even) + 1]
        end
        return prefix .. table.concat(buffer, "", 1, rest)
      end
    end)

  return kit.of("internet")
end
