-- Lua tables as JSON: a sequence is a list, anything else an object with its names in order.
local need = ...
local base = need("base")
local E, raw, quoted, number = base.E, base.E.text, base.E.quoted, base.number
local error, ipairs, pairs, type = error, ipairs, pairs, type
local DEPTH_MAX = 32

local value

local function mixed()
  error("a table has both names and numbers, or something else, as its keys", 0)
end

local function list(at, values, depth)
  local count, others = #values, 0
  for _ in pairs(values) do
    others = others + 1
  end
  if others ~= count then
    mixed()
  end
  at = raw(E, at, "[", 1)
  for i = 1, count do
    if i > 1 then
      at = raw(E, at, ",", 1)
    end
    at = value(at, values[i], 0, depth)
  end
  return raw(E, at, "]", 1)
end

local function object(at, members, depth)
  local names = {}
  for name in pairs(members) do
    if type(name) ~= "string" then
      mixed()
    end
    names[#names + 1] = name
  end
  table.sort(names)
  at = raw(E, at, "{", 1)
  for i, name in ipairs(names) do
    if i > 1 then
      at = raw(E, at, ",", 1)
    end
    at = quoted(E, at, name, #name)
    at = raw(E, at, ":", 1)
    at = value(at, members[name], i, depth)
  end
  return raw(E, at, "}", 1)
end

function value(at, v, memo, depth)
  local kind = type(v)
  if kind == "string" then
    return quoted(E, at, v, #v)
  elseif kind == "number" then
    return number(at, v, memo)
  elseif kind == "boolean" then
    local text = v and "true" or "false"
    return raw(E, at, text, #text)
  elseif kind == "table" then
    if depth >= DEPTH_MAX then
      error("tables are nested deeper than " .. DEPTH_MAX, 0)
    end
    if v[1] ~= nil then
      return list(at, v, depth + 1)
    end
    return object(at, v, depth + 1)
  end
  error("a " .. kind .. " is no JSON", 0)
end

return value
