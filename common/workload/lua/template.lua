-- Templates: text with {{name(arguments)}} in it becomes one Lua function that makes a chunk of events.
--
-- The generated text holds constants of the template's text, escaped, and numbers of its functions. Nothing of the
-- template is ever run: arguments are read as JSON values and handed to functions of ours.
local need, host = ...
local ffi = require("ffi")
local base, functions = need("base"), need("functions")
local find, match, sub = string.find, string.match, string.sub
local EXPRESSIONS_MAX = 1000
local ONCE_ROOM = 32 -- what is the same for a whole batch is printed once, and copied if it is no longer
local UPVALUES = 40 -- functions reached directly; the rest through a table

local function fail(at, text)
  error({ at = at, text = text })
end

local function skip(text, at)
  return match(text, "^[ \t\r\n]*()", at)
end

-- JSON values, or text in single quotes, up to the closing parenthesis; or nil and what is wrong.
local function read_values(text, at)
  local values, count = {}, 0
  at = skip(text, at)
  if sub(text, at, at) == ")" then
    return values, 0, at + 1
  end
  while true do
    local value, after = match(text, "^'([^']*)'()", at)
    if not value then
      local what
      after, value, what = host.json_read(text, at)
      if not after then
        return nil, { at = what, text = value }
      end
    end
    count = count + 1
    values[count], at = value, skip(text, after)
    local c = sub(text, at, at)
    if c == ")" then
      return values, count, at + 1
    elseif c ~= "," then
      return nil, { at = at, text = "',' or ')' is missing" }
    end
    at = skip(text, at + 1)
  end
end

-- As in KDG, what is no JSON is a text up to the closing parenthesis. `wrong` tells why it is none: where something of it
-- could be read, that is the better message if the function can't take the text.
local function read_arguments(text, at)
  local values, count, after = read_values(text, at)
  if values then
    return values, count, after
  end
  local wrong, first = count, skip(text, at)
  local close = find(text, "%)[ \t\r\n]*}}", first)
  local raw = close and sub(text, at, close - 1)
  if not raw or find(raw, '^[ \t\r\n]*[{["]') or find(raw, "}}", 1, true) then
    error(wrong)
  end
  return { raw }, 1, close + 1, wrong.at > first and wrong or nil
end

-- What stands between {{ and }}; `at` is behind {{.
local function read_expression(text, at)
  local start = skip(text, at)
  local name, after = match(text, "^([%a_][%w_.]*)()", start)
  if not name then
    fail(start, "the name of a function is missing after {{")
  end
  local values, count, wrong = {}, 0, nil
  at = skip(text, after)
  if sub(text, at, at) == "(" then
    values, count, at, wrong = read_arguments(text, at + 1)
    at = skip(text, at)
  end
  if sub(text, at, at + 1) ~= "}}" then
    fail(at, "'}}' is missing")
  end
  local make, entry = functions.bind(name, values, count)
  if not make then
    if wrong and functions.entries[name] then
      error(wrong)
    end
    fail(start, entry)
  end
  return { name = name, make = make, once = entry.once }, at + 2
end

-- Literals (strings) and expressions (tables), in their order.
local function read_parts(text)
  local bad = host.not_utf8(text)
  if bad then
    fail(bad, "not UTF-8")
  end
  local parts, expressions, at = {}, 0, 1
  while true do
    local open = find(text, "{{", at, true)
    if not open then
      parts[#parts + 1] = sub(text, at)
      break
    end
    while sub(text, open + 2, open + 2) == "{" do
      open = open + 1 -- braces in front of an expression are text
    end
    parts[#parts + 1] = sub(text, at, open - 1)
    expressions = expressions + 1
    if expressions > EXPRESSIONS_MAX then
      fail(open, "more than " .. EXPRESSIONS_MAX .. " expressions")
    end
    parts[#parts + 1], at = read_expression(text, open + 2)
  end
  return parts
end

-- In JSON, tell each expression whether it stands inside a string; the template is JSON when it would be so with
-- something harmless in each place.
local function place(parts)
  local quoted, escaped, skeleton = false, false, {}
  local whole = table.concat(parts, "", 1, 1)
  local like_json = find(whole, "^%s*[{[]")
  for i, part in ipairs(parts) do
    if type(part) == "table" then
      part.inside = like_json and quoted
      skeleton[i] = quoted and "x" or "0"
      escaped = false
    else
      skeleton[i] = part
      for at = 1, #part do
        local c = sub(part, at, at)
        if escaped then
          escaped = false
        elseif c == "\\" and quoted then
          escaped = true
        elseif c == '"' then
          quoted = not quoted
        end
      end
    end
  end
  local json = like_json and host.is_json(table.concat(skeleton))
  for _, part in ipairs(parts) do
    if type(part) == "table" then
      part.put = part.inside and "inside" or json and "outside" or "plain"
    end
  end
end

local HEAD = [[
local base, copy, make, kept, kept_length, long, text_of = ...
local E, raw, inside, outside, plain = base.E, base.E.text, base.inside, base.outside, base.plain
local function keep(place, length)
  kept_length[place] = length
  if length > ROOM then
    long[place] = text_of(E.bytes, length)
  end
  copy(kept + place * ROOM, E.bytes, ROOM)
  return 0
end
]]
HEAD = string.gsub(HEAD, "ROOM", ONCE_ROOM)

local ONCE = "if kept_length[%d] > %d then at = raw(E, at, long[%d], kept_length[%d]) else " ..
  "copy(bytes + at, kept + %d, %d) at = at + kept_length[%d] end"

-- The event as functions of a few steps each. LuaJIT makes one trace of them all and the loop around them; where that
-- becomes too long or too complex, it still makes one of each.
local STEPS, STRETCHES = 8, 10 -- at least so many steps each, and so few functions, as upvalues are limited
local STRETCH = [[
local function stretch%d(at, i, before, ids, lengths)
  %s
  return at
end
]]
local function stretches(steps)
  local size = math.max(STEPS, math.ceil(#steps / STRETCHES))
  local made, calls = {}, {}
  for first = 1, #steps, size do
    local text = table.concat(steps, "\n  ", first, math.min(first + size - 1, #steps))
    made[#made + 1] = string.format(STRETCH, #made + 1, text)
    calls[#made] = string.format("at = stretch%d(at, i, before, ids, lengths)", #made)
  end
  return table.concat(made), table.concat(calls, "\n    ")
end

-- The Lua text, and the bytes that it copies itself for each event.
local function generate(parts)
  local head, once, body, fixed, places = { HEAD }, {}, {}, 0, 0
  local function add(list, ...)
    list[#list + 1] = string.format(...)
  end
  for _, part in ipairs(parts) do
    if type(part) == "string" then
      if part ~= "" then
        body[#body + 1] = base.literal(part)
        fixed = fixed + #part
      end
    elseif part.name == "sensor.id" then
      local quote = part.put == "outside" and "bytes[at] = 34 at = at + 1 " or ""
      add(body, "%scopy(bytes + at, ids + i * %d, %d) at = at + lengths[i] %s", quote, base.ID_ROOM, base.ID_ROOM, quote)
      fixed = fixed + base.ID_ROOM + 2
    elseif part.name == "event.n" then
      places = places + 1
      add(body, "at = %s(at, before + i, %d)", part.put, places)
    else
      places = places + 1
      local call = string.format("make[%d]()", places)
      if places <= UPVALUES then
        add(head, "local make%d = make[%d]", places, places)
        call = string.format("make%d()", places)
      end
      if part.once then
        add(once, "at = keep(%d, %s(0, %s, %d))", places, part.put, call, places)
        add(body, ONCE, places, ONCE_ROOM, places, places, places * ONCE_ROOM, ONCE_ROOM, places)
        fixed = fixed + ONCE_ROOM
      else
        add(body, "at = %s(at, %s, %d)", part.put, call, places)
      end
    end
  end
  local made, calls = stretches(body)
  return table.concat(head, "\n") .. [[

local bytes = E.bytes
]] .. made .. [[
return function(first, last)
  local ids, lengths, ends, before = E.ids, E.lengths, E.ends, E.number + 1
  local at = 0
  ]] .. table.concat(once, "\n") .. [[

  for i = first, last do
    if at > ]] .. base.CHUNK .. [[ then
      break
    end
    ]] .. calls .. [[

    if E.full then
      error("the event is larger than 1 MiB", 0)
    end
    ends[i] = at
    E.made = i + 1
  end
end
]], fixed
end

local function line_and_column(text, at)
  local line, start = 1, 1
  for after in string.gmatch(sub(text, 1, at - 1), "\n()") do
    line, start = line + 1, after
  end
  local _, characters = string.gsub(sub(text, start, at - 1), "[^\128-\191]", "")
  return line, characters + 1
end

-- The function that makes events first to last, or nil, why, line and column.
return function(text)
  local good, parts = pcall(read_parts, text)
  if not good then
    if type(parts) ~= "table" then
      error(parts, 0)
    end
    return nil, parts.text, line_and_column(text, parts.at)
  end
  place(parts)
  local make, places = {}, 0
  for _, part in ipairs(parts) do
    if type(part) == "table" and part.name ~= "sensor.id" then
      places = places + 1
      make[places] = part.make
    end
  end
  local code, fixed = generate(parts)
  assert(fixed <= base.FIXED_MAX)
  local kept, kept_length = ffi.new("uint8_t[?]", (places + 1) * ONCE_ROOM), ffi.new("int32_t[?]", places + 1)
  return assert(loadstring(code, "=compiled template"))(base, ffi.copy, make, kept, kept_length, {}, ffi.string)
end
