-- Scenarios: a user's Lua file gives a table of options and functions; its reading() makes the events.
local need = ...
local ffi = require("ffi")
local base, json, sandbox = need("base"), need("json"), need("sandbox")
local E, constant = base.E, base.constant
local concat, format, sort = table.concat, string.format, table.sort

local FUNCTIONS = { reading = true, key = true, on_start = true, shape = true }
local OURS = { fields = true, decimals = true }

-- An option's value as one would type it; lists have a line for each.
local function option_text(value)
  local kind = type(value)
  if kind == "string" or kind == "boolean" then
    return tostring(value)
  elseif kind == "number" and value - value == 0 then
    return value % 1 == 0 and format("%.0f", value) or format("%.17g", value)
  elseif kind == "table" and #value > 0 then
    local lines = {}
    for i = 1, #value do
      local text = type(value[i]) ~= "table" and option_text(value[i])
      if not text then
        return nil
      end
      lines[i] = text
    end
    return concat(lines, "\n")
  end
end

-- Sorts what the file returned into functions and options; raises what is wrong.
local function take(given, name)
  local functions, options = {}, {}
  local function wrong(...)
    error(name .. ": " .. format(...), 0)
  end
  if type(given) ~= "table" then
    wrong("must return a table, not a %s", type(given))
  end
  for key, value in pairs(given) do
    if type(key) ~= "string" then
      wrong("the table has an entry without a name")
    elseif type(value) == "function" then
      if not FUNCTIONS[key] then
        wrong("%s is a function that nobody calls; reading, key, on_start and shape are", key)
      end
      functions[key] = value
    elseif not OURS[key] then
      local text = option_text(value)
      if not text then
        wrong("%s must be a string, a number, true, false or a list of them", key)
      end
      options[#options + 1] = { key, text }
    end
  end
  sort(options, function(a, b)
    return a[1] < b[1]
  end)
  local fields, decimals = given.fields, given.decimals or {}
  if fields ~= nil and (type(fields) ~= "table" or #fields == 0 or #fields > 200) then
    wrong("fields must be a list of at most 200 names")
  end
  for i = 1, fields and #fields or 0 do
    if type(fields[i]) ~= "string" then
      wrong("fields must be a list of names")
    end
  end
  if type(decimals) ~= "table" then
    wrong("decimals must be a table of names and numbers")
  end
  for field, count in pairs(decimals) do
    if type(field) ~= "string" or type(count) ~= "number" or count % 1 ~= 0 or count < 0 or count > 9 then
      wrong("decimals must be a table of names and whole numbers from 0 to 9")
    end
  end
  return { name = name, functions = functions, options = options, fields = fields, decimals = decimals }
end

-- Sensors' ids as Lua's strings, kept for the users that come again.
local IDS_MAX = 50000
local kept, kept_count = {}, 0
local function ids_up_to(last)
  local user = E.user
  local ids = kept[user]
  if not ids then
    if kept_count > IDS_MAX then
      kept, kept_count = {}, 0
    end
    ids = { count = 0, user = ffi.string(E.ids, 36) }
    kept[user] = ids
  end
  if ids.count <= last then
    for i = ids.count, last do
      ids[i] = ffi.string(E.ids + i * base.ID_ROOM, E.lengths[i])
    end
    kept_count = kept_count + last + 1 - ids.count
    ids.count = last + 1
  end
  return ids
end

local function bad_key(key)
  if type(key) == "number" then
    return tostring(key)
  elseif type(key) ~= "string" then
    error("key must return a string, not a " .. type(key), 0)
  end
  error(format("key must return 1 to %d bytes, not %d", base.KEY_MAX, #key), 0)
end

local function bad_reading(reading)
  error("reading must return a table or a string, not a " .. type(reading), 0)
end

-- The members of a reading in the order of `fields`, as Lua text, and the bytes that it copies itself. Each has its
-- comma in front; the first comma becomes the brace.
local function members(scenario)
  local lines, fixed = {}, 2
  for i, field in ipairs(scenario.fields) do
    local label = "," .. scenario.label(field) .. ":"
    local decimals = scenario.decimals[field]
    fixed = fixed + #label + base.ID_ROOM + 2
    lines[#lines + 1] = format([[
    v = t[%s]
    if v == id then
      %s
      copy(bytes + at, names + i * %d, %d) at = at + lengths[i]
      bytes[at] = 34 at = at + 1
    elseif v ~= nil then
      %s
      if type(v) == "number" then at = %s elseif type(v) == "string" then at = quoted(at, v) else at = json(at, v, %d, 0) end
    end]], constant(field), base.literal(label .. '"'), base.ID_ROOM, base.ID_ROOM, base.literal(label),
      decimals == 2 and "two_decimals(at, v)" or decimals and format("decimal(E, at, v, %d)", decimals)
        or format("number(at, v, %d)", i), i)
  end
  return concat(lines, "\n") .. [[

    if at == start then
      copy(bytes + at, "{}", 2) at = at + 2
    else
      bytes[start] = 123 bytes[at] = 125 at = at + 1
    end]], fixed
end

local MAKE = [[
local reading, key, on_start, base, json, copy, ids_up_to, bad_key, bad_reading = ...
local E, raw, quoted, decimal = base.E, base.E.text, base.quoted, base.E.decimal
local number, two_decimals = base.number, base.two_decimals
local type, started, bytes = type, {}, E.bytes
local function write(t, at, i, id, names, lengths) -- a trace of its own where reading() has loops
  local start, v = at, nil
  %s
  return at
end
return function(first, last)
  local names, lengths, ends, keys, key_lengths = E.ids, E.lengths, E.ends, E.keys, E.key_lengths
  local ids, before, at, k = ids_up_to(last), E.number + 1, 0, nil
  local user = ids.user
  %s
  for i = first, last do
    if at > %d then
      break
    end
    local id = ids[i]
    local t = reading(id, before + i, user)
    if type(t) == "table" then
      at = write(t, at, i, id, names, lengths)
    elseif type(t) == "string" then
      at = raw(E, at, t, #t)
    else
      bad_reading(t)
    end
    %s
    if E.full then
      error("the event is larger than 1 MiB", 0)
    end
    ends[i] = at
    E.made = i + 1
  end
end
]]
local ON_START = [[
  if not started[E.user] then
    started[E.user] = true
    on_start(user)
  end
]]
local KEY = [[
    k = key(t)
    if type(k) ~= "string" or #k == 0 or #k > 256 then
      k = bad_key(k)
    end
    copy(keys + i * 256, k, #k)
    key_lengths[i] = #k
]]

-- The function that makes events first to last; nil: no reading().
local function maker(scenario)
  local functions = scenario.functions
  if not functions.reading then
    return nil
  end
  local body = "at = json(at, t, 0, 0)"
  if scenario.fields then
    local fixed
    body, fixed = members(scenario)
    if fixed > base.FIXED_MAX then
      error(scenario.name .. ": the names of fields are too long", 0)
    end
  end
  local code = format(MAKE, body, functions.on_start and ON_START or "", base.CHUNK, functions.key and KEY or "")
  E.own_keys = functions.key ~= nil
  return assert(loadstring(code, "=compiled scenario"))(functions.reading, functions.key, functions.on_start, base, json, ffi.copy,
    ids_up_to, bad_key, bad_reading)
end

-- Reads the file and runs it; raises what is wrong with it.
local function open(text, name)
  local env = sandbox.environment()
  function env.fake(what, ...)
    local made, why = need("functions").bind(what, { ... }, select("#", ...))
    if not made then
      error(why, 2)
    end
    return made
  end
  local chunk, why = sandbox.read(text, name, env)
  if not chunk then
    error(why, 0)
  end
  local scenario = take(chunk(), name)
  function scenario.label(field)
    E.full = false
    local json_text = ffi.string(E.bytes, E.quoted(E, 0, field, #field))
    return json_text
  end
  return scenario
end

return { open = open, maker = maker }
