-- The events that C and Lua make together (events.h), randomness and time.
local need, host = ...
local ffi = require("ffi")
local error, floor, tostring, type = error, math.floor, tostring, type

ffi.cdef([[
typedef struct events events_t;
typedef int32_t (events_text_fn)(events_t *, int32_t, const char *, size_t);
struct events {
  uint8_t *bytes;
  const uint8_t *ids, *lengths;
  uint32_t *ends;
  uint8_t *keys;
  uint16_t *key_lengths;
  uint32_t *random;
  events_text_fn *text, *escaped, *quoted, *bare;
  int32_t (*shortest)(events_t *, int32_t, double, int32_t);
  int32_t (*decimal)(events_t *, int32_t, double, int32_t);
  void (*refill)(events_t *);
  bool (*may_go_on)(events_t *);
  double user, number, now_ms;
  uint64_t run_id;
  char now_text[32];
  int32_t now_length, random_at, ticks, made;
  bool full, own_keys;
};
]])

local cast = ffi.cast
local E = cast("events_t *", host.events)
local block, refill, may_go_on = E.random, E.refill, E.may_go_on
local escaped, bare, raw, shortest, decimal = E.escaped, E.bare, E.text, E.shortest, E.decimal

-- Two halves of 32 bits for each number of common/rng.h, in its order.
local BLOCK = 2 * 1024
local function draw()
  local at = E.random_at
  if at >= BLOCK then
    refill(E)
    at = 0
  end
  E.random_at = at + 2
  return at
end

local random = {}

-- The upper and the lower 32 bits of one random number.
function random.halves()
  local at = draw()
  return block[at + 1], block[at]
end

-- 32 random bits as a number.
function random.bits()
  return block[draw() + 1]
end

-- Evenly in [0, 1), 53 bits.
function random.unit()
  local at = draw()
  return (block[at + 1] * 2097152 + floor(block[at] / 2048)) * 2 ^ -53
end

-- A whole number, evenly in [0, n), for n up to 2^53.
function random.below(n)
  if type(n) ~= "number" then
    error("random.below needs a number", 2)
  end
  local at = draw()
  if n > 4294967296 then
    return floor((block[at + 1] * 2097152 + floor(block[at] / 2048)) * 2 ^ -53 * n)
  end
  return floor(block[at + 1] * n * 2 ^ -32)
end

local now = {}

-- Wall time of the batch, milliseconds since 1970 (UTC).
function now.ms()
  return E.now_ms
end

-- Each turn of a loop and each call of a function in a script comes through here, see sandbox.lua.
local function look()
  if not may_go_on(E) then
    error("takes too long: does it ever end?", 3)
  end
end
local function tick()
  local left = E.ticks - 1
  E.ticks = left
  if left < 0 then
    look()
    return
  end
end

-- Digits kept ready, four bytes each: numbers below 1,000 without and with zeros in front, and ".00" to ".99".
local plain_digits, zero_digits, hundredths = ffi.new("char[4004]"), ffi.new("char[4004]"), ffi.new("char[404]")
local digit_counts = ffi.new("uint8_t[1000]")
for i = 0, 999 do
  local text = tostring(i)
  ffi.copy(plain_digits + 4 * i, text)
  ffi.copy(zero_digits + 4 * i, string.format("%03d", i))
  digit_counts[i] = #text
  if i < 100 then
    ffi.copy(hundredths + 4 * i, string.format(".%02d", i))
  end
end
local words = ffi.typeof("uint32_t *")
local plain_words, zero_words, hundredth_words = cast(words, plain_digits), cast(words, zero_digits), cast(words, hundredths)
local counts, bytes = cast("uint8_t *", digit_counts), E.bytes

-- `units` hundredths (below 100,000), with so many characters of point and decimals.
local function put_hundredths(at, units, shown)
  local whole = floor(units * 0.01)
  cast(words, bytes + at)[0] = plain_words[whole]
  at = at + counts[whole]
  cast(words, bytes + at)[0] = hundredth_words[units - whole * 100]
  return at + shown
end

-- E.shortest; but what is frequent is written here, where LuaJIT can make it a part of its trace.
local function number(at, value, memo)
  if value >= 0 and value < 1000000 then
    if floor(value) == value then
      if value < 1000 then
        cast(words, bytes + at)[0] = plain_words[value]
        return at + counts[value]
      end
      local thousands = floor(value * 0.001)
      cast(words, bytes + at)[0] = plain_words[thousands]
      at = at + counts[thousands]
      cast(words, bytes + at)[0] = zero_words[value - thousands * 1000]
      return at + 3
    end
    local units = floor(value * 100 + 0.5)
    if units < 100000 and units / 100 == value then -- a quotient is rounded as decimal text is
      return put_hundredths(at, units, units % 10 == 0 and 2 or 3)
    end
  elseif value == E.now_ms then
    ffi.copy(bytes + at, E.now_text, 16)
    return at + E.now_length
  end
  return shortest(E, at, value, memo)
end

-- E.decimal with two decimals.
local function two_decimals(at, value)
  local units = floor(value * 100 + 0.5)
  if units >= 0 and units < 100000 then
    return put_hundredths(at, units, 3)
  end
  return decimal(E, at, value, 2)
end

-- E.quoted, but short text that comes again and again is kept as it is printed.
local KEPT_MAX, KEPT_ROOM = 64, 16
local kept, kept_lengths = ffi.new("uint8_t[?]", (KEPT_MAX + 1) * KEPT_ROOM), ffi.new("uint8_t[?]", KEPT_MAX + 1)
local places, kept_count = {}, 0
local function keep(at, value)
  local after = E.quoted(E, at, value, #value)
  if after - at <= KEPT_ROOM and not E.full then
    kept_count = kept_count + 1
    ffi.copy(kept + kept_count * KEPT_ROOM, bytes + at, KEPT_ROOM)
    kept_lengths[kept_count] = after - at
    places[value] = kept_count
  end
  return after
end
local function quoted(at, value)
  local place = places[value]
  if place then
    ffi.copy(bytes + at, kept + place * KEPT_ROOM, KEPT_ROOM)
    return at + kept_lengths[place]
  elseif #value > KEPT_ROOM or kept_count == KEPT_MAX then
    return E.quoted(E, at, value, #value)
  end
  return keep(at, value)
end

local function other(at, value)
  if type(value) == "table" then
    return need("json")(at, value, 0, 0)
  end
  local text = value == nil and "null" or tostring(value)
  return raw(E, at, text, #text)
end

-- Values into the event, by where they stand: inside a JSON string, outside of one, or in text that is no JSON.
-- `memo` tells places apart.
local function inside(at, value, memo)
  if type(value) == "string" then
    return escaped(E, at, value, #value)
  elseif type(value) == "number" then
    return number(at, value, memo)
  elseif type(value) == "table" then
    local json = ffi.string(E.bytes + at, other(at, value) - at)
    return escaped(E, at, json, #json)
  end
  return other(at, value)
end
local function outside(at, value, memo)
  if type(value) == "string" then
    return bare(E, at, value, #value)
  elseif type(value) == "number" then
    return number(at, value, memo)
  end
  return other(at, value)
end
local function plain(at, value, memo)
  if type(value) == "string" then
    return raw(E, at, value, #value)
  elseif type(value) == "number" then
    return number(at, value, memo)
  end
  return other(at, value)
end

-- Text of ours or of a user's as a constant in generated Lua: nothing but letters, digits and escapes.
local function constant(text)
  return '"' .. string.gsub(text, "[^%w ]", function(c)
    return string.format("\\%03d", string.byte(c))
  end) .. '"'
end

-- Lua text that copies `text` to `at` and moves on. Whole eights are copied faster; what is too much is written over.
local function literal(text)
  local padded = #text <= 120 and string.rep("\0", -#text % 8) or ""
  return string.format("copy(bytes + at, %s, %d) at = at + %d", constant(text .. padded), #text + #padded, #text)
end

return {
  E = E,
  literal = literal,
  random = random,
  now = now,
  tick = tick,
  number = number,
  quoted = quoted,
  two_decimals = two_decimals,
  anchors = { plain_digits, zero_digits, hundredths, digit_counts },
  inside = inside,
  outside = outside,
  plain = plain,
  constant = constant,
  CHUNK = 256 * 1024,
  FIXED_MAX = 512 * 1024,
  ID_ROOM = 48,
  KEY_MAX = 256,
}
