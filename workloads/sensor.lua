-- The default workload as a scenario, to copy and change:
--   freshet --headless -f sensor.lua --rate 10k -t 10s DemoStream
-- It makes the same readings as the built-in one with the same --seed, but for their time.

local STATES = { "OK", "WARNING", "ERROR" }

-- One reading of the sensor with this id, as a table that becomes JSON. `n` counts events, `user` names the sensor's user.
local function reading(sensor_id, n, user)
  local high, low = random.halves() -- 32 random bits each
  local hundredths = 1000 + math.floor(high * 17000 / 2 ^ 32) -- 10 to 180 degrees
  local strange = bit.band(bit.rshift(low, 8), 0xffff) < 13107 -- 20 % of the readings
  local state = 1
  if hundredths > 14000 or strange then
    state = (hundredths > 16000 or low % 2 == 1) and 3 or 2
  end
  return {
    sensorId = sensor_id,
    temperature = hundredths / 100,
    status = STATES[state],
    timestamp = now.ms(),
  }
end

return {
  reading = reading,
  fields = { "sensorId", "temperature", "status", "timestamp" }, -- in this order, and no others
  decimals = { temperature = 2 }, -- always so many
  -- Options have their names: rate = "10k", run_time = "1m", threshold = { "p99<250ms", "failed<0.1%" }, ...
  -- key = function(reading) return reading.sensorId end,       -- partition key; without it: the sensor's id
  -- on_start = function(user) end,                             -- before the first event of each user
  -- shape = function(t) return 1000 + 100 * t end,             -- events per second, t seconds after the start
}
