-- The functions of templates: ours, and the fake data of fake_*.lua. An entry binds constant arguments and gives the
-- function that makes a value; `once` marks those whose value is the same for a whole batch.
local need, host = ...
local ffi = require("ffi")
local base = need("base")
local E, random, now = base.E, base.random, base.now
local floor, log, sqrt, cos, max, min = math.floor, math.log, math.sqrt, math.cos, math.max, math.min

local entries = {}

local function number(value, name, low, high)
  if type(value) ~= "number" or value ~= value or value < low or value > high then
    error(string.format("%s must be a number from %g to %g", name, low, high), 0)
  end
  return value
end

-- A rounding to so many decimals; nil: none.
local function rounding(decimals)
  if decimals == nil then
    return function(value)
      return value
    end
  end
  local scale = 10 ^ number(decimals, "the number of decimals", 0, 9)
  return function(value)
    return floor(value * scale + 0.5) / scale
  end
end

local function add(name, kind, args, help, bind)
  entries[name] = { kind = kind, args = args, help = help, bind = bind }
end

add("sensor.id", "string", "", "The sensor's id, <user uuid>_<number>; also the event's key", function()
  return function()
    return ffi.string(E.ids + E.made * base.ID_ROOM, E.lengths[E.made])
  end
end)

add("event.n", "number", "", "How many events this secondary has made, with this one", function()
  return function()
    return E.number + E.made + 1
  end
end)

add("user.id", "string", "", "The uuid of the user that the sensor belongs to", function()
  return function()
    return ffi.string(E.ids, 36)
  end
end)
entries["user.id"].once = true

add("run.id", "string", "", "The number of the run", function()
  local text = string.gsub(tostring(E.run_id), "ULL$", "")
  return function()
    return text
  end
end)
entries["run.id"].once = true

-- One value a sensor: in a block a user, of which there are so many at the most.
local USERS, SENSORS = 1024, 512
add("walk", "number", "min, max, step[, decimals]",
  "A random walk of each sensor: each value is up to step away from the one before", function(low, high, step, decimals)
    number(low, "min", -1e15, 1e15)
    number(high, "max", low, 1e15)
    number(step, "step", 0, 1e15)
    local round = rounding(decimals or 2)
    local walks = {}
    local function begin(user)
      local block = ffi.new("double[?]", SENSORS)
      for i = 0, SENSORS - 1 do
        block[i] = low + random.unit() * (high - low)
      end
      walks[user] = block
      return block
    end
    return function()
      local user, sensor = E.user % USERS, E.made % SENSORS
      local block = walks[user] or begin(user)
      local value = block[sensor] + (random.unit() * 2 - 1) * step
      if value < low then
        value = min(2 * low - value, high)
      elseif value > high then
        value = max(2 * high - value, low)
      end
      block[sensor] = value
      return round(value)
    end
  end)

add("zipf", "number", "n[, s]", "A whole number from 1 to n, k with a probability in proportion to 1 / k^s (s: 1)",
  function(n, s)
    number(n, "n", 1, 1e6)
    if n ~= floor(n) then
      error("n must be a whole number", 0)
    end
    s = s == nil and 1 or number(s, "s", 0, 100)
    -- Vose's alias method: n columns of the same width, each shared by two numbers.
    local share, other = ffi.new("double[?]", n), ffi.new("int32_t[?]", n)
    local sum = 0
    for k = 1, n do
      sum = sum + k ^ -s
    end
    local small, large, smalls, larges = ffi.new("int32_t[?]", n), ffi.new("int32_t[?]", n), 0, 0
    for k = 0, n - 1 do
      share[k], other[k] = (k + 1) ^ -s * n / sum, k
      if share[k] < 1 then
        small[smalls], smalls = k, smalls + 1
      else
        large[larges], larges = k, larges + 1
      end
    end
    while smalls > 0 and larges > 0 do
      smalls = smalls - 1
      local little, big = small[smalls], large[larges - 1]
      other[little] = big
      share[big] = share[big] - (1 - share[little])
      if share[big] < 1 then
        larges = larges - 1
        small[smalls], smalls = big, smalls + 1
      end
    end
    while smalls > 0 do -- by rounding alone
      smalls = smalls - 1
      share[small[smalls]] = 1
    end
    return function()
      local column = random.below(n)
      return 1 + (random.unit() < share[column] and column or other[column])
    end
  end)

add("normal", "number", "mean, sd[, decimals]", "Normally distributed", function(mean, sd, decimals)
  number(mean, "mean", -1e15, 1e15)
  number(sd, "sd", 0, 1e15)
  local round = rounding(decimals)
  return function() -- Box and Muller
    local radius = sqrt(-2 * log(1 - random.unit()))
    return round(mean + sd * radius * cos(2 * math.pi * random.unit()))
  end
end)

add("exponential", "number", "mean[, decimals]", "Exponentially distributed, as the times between chance events",
  function(mean, decimals)
    number(mean, "mean", 0, 1e15)
    local round = rounding(decimals)
    return function()
      return round(-mean * log(1 - random.unit()))
    end
  end)

for name in string.gmatch(host.fakes, "%S+") do
  for key, entry in pairs(need(name)(random, now)) do
    entries[key] = entry
  end
end
for _, name in ipairs({ "date.now", "date.utc" }) do
  if entries[name] then
    entries[name].once = true
  end
end

local names = {}
for name in pairs(entries) do
  names[#names + 1] = name
end
table.sort(names)

-- The function that makes values, or nil and why not. `count` arguments, nil among them.
local function bind(name, arguments, count)
  local entry = entries[name]
  if entry == nil then
    local near = host.nearest(name, names)
    return nil, "there is no " .. name .. (near and "; did you mean " .. near .. "?" or ", see --list")
  end
  local good, made = pcall(entry.bind, unpack(arguments, 1, count))
  if not good then
    return nil, name .. ": " .. tostring(made)
  end
  return made, entry
end

return { bind = bind, names = names, entries = entries }
