-- fake_date: date.*, all in UTC. Where Faker.js gives a Date object, the text is ISO 8601, as JSON prints a date.
local need = ...

return function(random, now)
  local kit = need("kit")(random, now)
  local moment = need("moment")(kit)
  local iso = moment.iso
  local DAY_MS = 86400000

  -- The time as KDG prints it.
  local function current(name, default, help)
    kit.define(name, "string", 1, 'format, as "YYYY-MM-DD HH:mm:ss.SSS"', help, function(format)
      format = kit.text(format, "format", "")
      if #format > 1000 then
        error("the format is longer than 1000 bytes", 0)
      end
      local print_ms = moment.printer(format == "" and default or format)
      return function()
        return print_ms(now.ms())
      end
    end)
    kit.functions[name].once = true -- the clock stands still while a batch is made
  end
  current("date.now", "YYYY-MM-DDTHH:mm:ssZ", "The time in a format of moment.js, by default ISO 8601; UTC")
  current("date.utc", "YYYY-MM-DDTHH:mm:ss[Z]", "The time in a format of moment.js, by default ISO 8601; UTC")
  current("date.simTime", "YYYY-MM-DDTHH:mm:ssZ", "The same as date.now: runs are in real time")
  current("current.timestamp", "YYYY-MM-DDTHH:mm:ssZ", "KDG's old name of date.now")

  -- A time given by the template: ISO 8601 or milliseconds since 1970.
  local function given(value, what)
    local ms = type(value) == "string" and moment.parse(value) or value
    if type(ms) ~= "number" or not (ms >= moment.FIRST_MS and ms <= moment.LAST_MS) then
      kit.refuse(what, value, 'a time like "2024-02-29T12:30:00Z" or milliseconds since 1970')
    end
    return math.floor(ms)
  end

  -- From one second to `days` before or after the reference: now at the time of the event, where none is given.
  local function away(days, reference, direction)
    local offsets = kit.range(1000, math.floor(days * DAY_MS) - 999)
    if reference == nil then
      return function()
        return iso(now.ms() + direction * offsets())
      end
    end
    local from = given(reference, "refDate")
    local last = from + direction * days * DAY_MS
    if last < moment.FIRST_MS or last > moment.LAST_MS then
      error("that leaves the years 1 to 9999", 0)
    end
    return function()
      return iso(from + direction * offsets())
    end
  end

  local function years_away(name, direction, help)
    kit.define(name, "string", 2, "years = 1, refDate", help, function(years, reference)
      years = kit.number(years, "years", 1, 0.001, 1000)
      return away(years * 365, reference, direction)
    end)
  end
  years_away("date.past", -1, "A time up to that many years before refDate, by default now; ISO 8601")
  years_away("date.future", 1, "A time up to that many years after refDate, by default now; ISO 8601")

  kit.define("date.recent", "string", 1, "days = 1", "A time up to that many days ago; ISO 8601", function(days)
    days = kit.number(days, "days", 1, 0.001, 365000)
    return away(days, nil, -1)
  end)

  kit.define("date.between", "string", 2, 'from, to, as "2024-01-01", "2024-12-31"',
    "A time between the two, both included; ISO 8601", function(from, to)
      from, to = given(from, "from"), given(to, "to")
      if from > to then
        error("from is later than to", 0)
      end
      local offsets = kit.range(0, to - from + 1)
      return function()
        return iso(from + offsets())
      end
    end)

  local function calendar(name, long, short, help)
    kit.define(name, "string", 1, '{"abbr": false}', help, function(options)
      options = kit.object(options, "abbr context")
      kit.flag(options.context, "context")
      return kit.pick(kit.flag(options.abbr, "abbr", false) and short or long)
    end)
  end
  calendar("date.month", moment.MONTHS, moment.MONTHS_SHORT, "A month's name; with abbr its first three letters")
  calendar("date.weekday", moment.DAYS, moment.DAYS_SHORT, "A weekday's name; with abbr its first three letters")

  return kit.of("date current")
end
