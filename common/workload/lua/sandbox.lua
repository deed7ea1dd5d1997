-- Where a user's Lua runs: what it may use, and how it is kept from running for ever.
--
-- Compiled code heeds no hooks. So each function and each turn of a loop calls tick() first, which is put into the
-- text: what runs between two ticks is bounded by the length of the text, and every library function here by the
-- memory that a state may have. The text is loaded as it is first, so that its mistakes are told as they are, and
-- nothing is put into a text that is not Lua. Lines stay the same.
local need = ...
local base = need("base")
local byte, find, gsub, match, rep, sub = string.byte, string.find, string.gsub, string.match, string.rep, string.sub
local error, load, setmetatable, type = error, load, setmetatable, type
local TICK = "_tick"

-- Past a comment or string that begins at `at`, or nil.
local function past_text(text, at)
  local equals, inner = match(text, "^%[(=*)%[()", at)
  if not equals then
    equals, inner = match(text, "^%-%-%[(=*)%[()", at)
  end
  if equals then
    local _, last = find(text, "]" .. equals .. "]", inner, true)
    return last + 1
  end
  if find(text, "^%-%-", at) then
    return match(text, "^[^\n]*()", at)
  end
  local quote = match(text, "^[\"']", at)
  if not quote then
    return nil
  end
  at = at + 1
  while true do
    local c, after = match(text, "([\\\"'])()", at)
    at = c == "\\" and after + 1 or after
    if c == quote then
      return at
    end
  end
end

-- `text` is Lua that loads. The same with ticks in it.
local function with_ticks(text)
  local parts, done, at = { "local " .. TICK .. " = ...; " }, 1, 1
  local in_head = false -- between `function` and the end of its parameters
  local function put(before, what)
    parts[#parts + 1] = sub(text, done, before - 1)
    parts[#parts + 1] = what
    done = before
  end
  while at <= #text do
    local name, after = match(text, "^([%a_\128-\255][%w_\128-\255]*)()", at)
    if name == TICK then
      error("the name " .. TICK .. " is taken", 0)
    elseif name then
      if name == "function" then
        in_head = true
      elseif name == "do" or name == "repeat" then
        put(after, " " .. TICK .. "(); ")
      elseif name == "goto" and find(text, "^%s+[%a_\128-\255]", after) then
        put(at, TICK .. "(); ")
      end
      at = after
    else
      after = past_text(text, at) or match(text, "^%.?%d[%w_.]*()", at)
      if not after then
        after = at + 1
        if in_head and sub(text, at, at) == ")" then
          in_head = false
          put(after, " " .. TICK .. "(); ")
        end
      end
      at = after
    end
  end
  parts[#parts + 1] = sub(text, done)
  return table.concat(parts)
end

-- A pattern may try each place of the text for each of its repetitions: not more often than this.
local TRIES_MAX = 1e9
local function bounded(pattern, text)
  local _, many = gsub(pattern, "[*+%-]", "")
  local _, maybe = gsub(pattern, "%?", "")
  local _, again = gsub(pattern, "%%[%db]", "")
  if (#text + 1) ^ (1 + many + again) * 2 ^ maybe * (#pattern + 1) > TRIES_MAX then
    error("the pattern may take too long on so long a text", 3)
  end
end

local strings = {}
for _, name in ipairs({ "byte", "char", "format", "len", "lower", "reverse", "sub", "upper" }) do
  strings[name] = string[name]
end
function strings.rep(text, count, between)
  if #text + #(between or "") == 0 then
    return ""
  end
  return rep(text, count, between)
end
for _, name in ipairs({ "match", "gmatch", "gsub" }) do
  local f = string[name]
  strings[name] = function(text, pattern, ...)
    bounded(pattern, text)
    return f(text, pattern, ...)
  end
end
function strings.find(text, pattern, from, plain)
  if not plain then
    bounded(pattern, text)
  end
  return find(text, pattern, from, plain)
end

local SORT_MAX = 10000
local tables = { concat = table.concat, maxn = table.maxn }
local insert, remove, sort = table.insert, table.remove, table.sort
local function check_place(list, at, last)
  if type(at) ~= "number" or at < 1 or at > last then
    error("no such place in the list", 3)
  end
end
function tables.insert(list, ...)
  if select("#", ...) == 1 then
    return insert(list, (...))
  end
  check_place(list, (...), #list + 1)
  return insert(list, ...)
end
function tables.remove(list, at)
  if at == nil then
    return remove(list)
  end
  check_place(list, at, #list + 1)
  return remove(list, at)
end
function tables.sort(list, before)
  if #list > SORT_MAX then
    error("more than " .. SORT_MAX .. " elements to sort", 2)
  end
  sort(list, before)
end

local function copy(from, without)
  local to = {}
  for name, value in pairs(from) do
    to[name] = value
  end
  for name in string.gmatch(without or "", "%S+") do
    to[name] = nil
  end
  return to
end

-- All that a script can reach.
local function environment()
  local random = base.random
  local maths = copy(math, "randomseed")
  function maths.random(low, high)
    if low == nil then
      return random.unit()
    elseif high == nil then
      low, high = 1, low
    end
    if high < low then
      error("the range is empty", 2)
    end
    return low + random.below(high - low + 1)
  end
  return {
    assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs, select = select, tonumber = tonumber,
    tostring = tostring, type = type, unpack = unpack, bit = copy(bit), math = maths, string = copy(strings),
    table = copy(tables), random = copy(random), now = copy(base.now),
  } -- stylua: ignore
end

-- Methods of strings are those of the sandbox, in a table that no script can reach.
getmetatable("").__index = copy(strings)

-- Load `text` as a function that runs in `env`; or nil and why not.
local function read(text, name, env)
  if sub(text, 1, 1) == "\27" then
    return nil, name .. ": compiled Lua is not taken"
  end
  local chunk, why = load(text, "@" .. name, "t", env)
  if not chunk then
    return nil, why
  end
  chunk, why = load(with_ticks(text), "@" .. name, "t", env)
  if not chunk then
    return nil, why
  end
  return function()
    return chunk(base.tick)
  end
end

return { environment = environment, read = read }
