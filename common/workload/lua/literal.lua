-- Reads JSON: the arguments of a template's functions, and whether a template is JSON. Nothing in it is ever run.
-- An error is a table {at = byte, text = ...}.
local byte, char, find, format, match, sub = string.byte, string.char, string.find, string.format, string.match, string.sub
local DEPTH_MAX = 100

local function fail(at, text)
  error({ at = at, text = text })
end

local function skip(text, at)
  return match(text, "^[ \t\r\n]*()", at)
end

local function utf8(code)
  if code < 0x80 then
    return char(code)
  elseif code < 0x800 then
    return char(0xc0 + bit.rshift(code, 6), 0x80 + bit.band(code, 63))
  elseif code < 0x10000 then
    return char(0xe0 + bit.rshift(code, 12), 0x80 + bit.band(bit.rshift(code, 6), 63), 0x80 + bit.band(code, 63))
  end
  return char(0xf0 + bit.rshift(code, 18), 0x80 + bit.band(bit.rshift(code, 12), 63),
    0x80 + bit.band(bit.rshift(code, 6), 63), 0x80 + bit.band(code, 63))
end

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["'"] = "'", ["\\"] = "\\", ["/"] = "/" }

local function hex(text, at)
  local digits = match(text, "^%x%x%x%x", at) or fail(at, "\\u needs four hexadecimal digits")
  return tonumber(digits, 16)
end

-- What follows \u, one code point or a pair of surrogates.
local function unicode(text, at)
  local code = hex(text, at)
  at = at + 4
  if code >= 0xd800 and code < 0xdc00 and sub(text, at, at + 1) == "\\u" then
    local low = hex(text, at + 2)
    if low >= 0xdc00 and low < 0xe000 then
      return utf8(0x10000 + (code - 0xd800) * 1024 + low - 0xdc00), at + 6
    end
  end
  if code >= 0xd800 and code < 0xe000 then
    fail(at - 4, "half a pair of surrogates")
  elseif code == 0 then
    fail(at - 4, "\\u0000 has no place in a text")
  end
  return utf8(code), at
end

local function read_string(text, at, strict)
  local quote = sub(text, at, at)
  local start, parts = at, {}
  at = at + 1
  while true do
    local plain, after = match(text, "^([^\"'\\%z\1-\31]*)()", at)
    parts[#parts + 1] = plain
    at = after
    local c = sub(text, at, at)
    if c == quote then
      return table.concat(parts), at + 1
    elseif c == '"' or c == "'" then
      parts[#parts + 1] = c
      at = at + 1
    elseif c == "\\" then
      local letter = sub(text, at + 1, at + 1)
      if letter == "u" then
        parts[#parts + 1], at = unicode(text, at + 2)
      else
        if not ESCAPES[letter] or strict and letter == "'" then
          fail(at, "no such escape")
        end
        parts[#parts + 1] = ESCAPES[letter]
        at = at + 2
      end
    elseif c == "" then
      fail(start, "a string without end")
    else
      fail(at, "a control character in a string")
    end
  end
end

local function read_number(text, at)
  local after = match(text, "^%-?0()", at) or match(text, "^%-?[1-9]%d*()", at)
  if not after then
    return nil
  end
  after = match(text, "^%.%d+()", after) or after
  after = match(text, "^[eE][+-]?%d+()", after) or after
  if find(text, "^[%w_.]", after) then
    return nil
  end
  return tonumber(sub(text, at, after - 1)), after
end

local WORDS = { ["true"] = true, ["false"] = false }
local read

local function read_list(text, at, strict, depth)
  local list, count = {}, 0
  at = skip(text, at + 1)
  if sub(text, at, at) == "]" then
    return list, at + 1
  end
  while true do
    local start, value = at, nil
    value, at = read(text, at, strict, depth)
    if value == nil and not strict then
      fail(start, "null can't be in a list")
    end
    count = count + 1
    list[count] = value
    at = skip(text, at)
    local c = sub(text, at, at)
    if c == "]" then
      return list, at + 1
    elseif c ~= "," then
      fail(at, "',' or ']' is missing")
    end
    at = skip(text, at + 1)
  end
end

local function read_object(text, at, strict, depth)
  local object = {}
  at = skip(text, at + 1)
  if sub(text, at, at) == "}" then
    return object, at + 1
  end
  while true do
    local c = sub(text, at, at)
    if c ~= '"' and (strict or c ~= "'") then
      fail(at, "a name in quotes is missing")
    end
    local name
    name, at = read_string(text, at, strict)
    at = skip(text, at)
    if sub(text, at, at) ~= ":" then
      fail(at, "':' is missing")
    end
    object[name], at = read(text, skip(text, at + 1), strict, depth)
    at = skip(text, at)
    c = sub(text, at, at)
    if c == "}" then
      return object, at + 1
    elseif c ~= "," then
      fail(at, "',' or '}' is missing")
    end
    at = skip(text, at + 1)
  end
end

-- The value at `at` and where it ends. `strict`: JSON and nothing else; otherwise strings may have single quotes.
function read(text, at, strict, depth)
  if depth >= DEPTH_MAX then
    fail(at, "nested too deep")
  end
  local c = sub(text, at, at)
  if c == "{" then
    return read_object(text, at, strict, depth + 1)
  elseif c == "[" then
    return read_list(text, at, strict, depth + 1)
  elseif c == '"' or c == "'" and not strict then
    return read_string(text, at, strict)
  end
  local number, after = read_number(text, at)
  if number then
    if number - number ~= 0 then
      fail(at, "a number too large")
    end
    return number, after
  end
  local word
  word, after = match(text, "^(%a[%w_]*)()", at)
  if word == "null" then
    return nil, after
  elseif WORDS[word] ~= nil then
    return WORDS[word], after
  end
  fail(at, "a number, a string in quotes, a list, an object, true, false or null is missing")
end

-- Is it one JSON object or list after the other?
local function is_json(text)
  local at = skip(text, 1)
  if not find(text, "^[{[]", at) then
    return false
  end
  return (pcall(function()
    while at <= #text do
      if not find(text, "^[{[]", at) then
        fail(at, "")
      end
      local _
      _, at = read(text, at, true, 0)
      at = skip(text, at)
    end
  end))
end

-- Where text stops being UTF-8, or nil.
local SEQUENCES = { "[%z\1-\127]+", "[\194-\223][\128-\191]", "\224[\160-\191][\128-\191]", "[\225-\236\238\239][\128-\191][\128-\191]",
  "\237[\128-\159][\128-\191]", "\240[\144-\191][\128-\191][\128-\191]", "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]" } -- stylua: ignore
local function not_utf8(text)
  local at = 1
  while at <= #text do
    local after
    for i = 1, #SEQUENCES do
      after = match(text, "^" .. SEQUENCES[i] .. "()", at)
      if after then
        break
      end
    end
    if not after then
      return at
    end
    at = after
  end
end

return { read = read, skip = skip, fail = fail, is_json = is_json, not_utf8 = not_utf8 }
