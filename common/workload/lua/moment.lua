-- moment: dates in the formats of moment.js, in UTC and English; and ISO 8601, read and written.
--
-- A format is taken apart once. At run time only its parts below a second change from event to event: the rest is kept
-- until the second does.
local format, match, sub = string.format, string.match, string.sub

return function(kit)
  local floor = math.floor
  local two, three = kit.numerals(2), kit.numerals(3)

  local moment = {}
  moment.MONTHS = kit.words [[
    January February March April May June July August September October November December]]
  moment.MONTHS_SHORT = kit.words "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
  moment.DAYS = kit.words "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
  moment.DAYS_SHORT = kit.words "Sun Mon Tue Wed Thu Fri Sat"
  local DAYS_MIN = kit.words "Su Mo Tu We Th Fr Sa"

  -- The proleptic Gregorian calendar; days are counted from 1970-01-01, years begin in March inside.
  local function civil(days)
    local shifted = days + 719468
    local era = floor(shifted / 146097)
    local of_era = shifted - era * 146097
    local year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365)
    local of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100))
    local month = floor((5 * of_year + 2) / 153)
    local day = of_year - floor((153 * month + 2) / 5) + 1
    if month < 10 then
      return year + era * 400, month + 3, day
    end
    return year + era * 400 + 1, month - 9, day
  end

  local function days_of(year, month, day)
    if month <= 2 then
      year = year - 1
    end
    local era = floor(year / 400)
    local of_era = year - era * 400
    local of_year = floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5) + day - 1
    return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468
  end

  -- What a token prints from: filled for a second of the epoch.
  local function fields(second)
    local t = { epoch = second, days = floor(second / 86400) }
    t.year, t.month, t.day = civil(t.days)
    local rest = second - t.days * 86400
    t.hour, t.minute, t.second = floor(rest / 3600), floor(rest / 60) % 60, rest % 60
    t.hour12 = (t.hour + 11) % 12 + 1
    t.weekday = (t.days + 4) % 7 -- 0 is Sunday
    t.yearday = t.days - days_of(t.year, 1, 1) + 1
    t.quarter = floor((t.month + 2) / 3)
    return t
  end

  local function ordinal(value)
    local last = value % 10
    local teen = floor(value / 10) % 10 == 1
    return value .. (teen and "th" or last == 1 and "st" or last == 2 and "nd" or last == 3 and "rd" or "th")
  end

  -- Week of ISO 8601 and its year: the week belongs to the year of its Thursday.
  local function iso_week(t)
    local thursday = t.days - (t.weekday + 6) % 7 + 3
    local year = civil(thursday)
    return floor((thursday - days_of(year, 1, 1)) / 7) + 1, year
  end

  -- Week of America: it begins on Sunday, and the first one holds January 1.
  local function week(t)
    local saturday = t.days - t.weekday + 6
    local year = civil(saturday)
    return floor((saturday - days_of(year, 1, 1)) / 7) + 1, year
  end

  local function year_text(year, width)
    return year > 9999 and "+" .. year or format("%0" .. width .. "d", year)
  end

  local TOKENS = {
    M = function(t) return t.month end,
    Mo = function(t) return ordinal(t.month) end,
    MM = function(t) return two[t.month + 1] end,
    MMM = function(t) return moment.MONTHS_SHORT[t.month] end,
    MMMM = function(t) return moment.MONTHS[t.month] end,
    Q = function(t) return t.quarter end,
    Qo = function(t) return ordinal(t.quarter) end,
    D = function(t) return t.day end,
    Do = function(t) return ordinal(t.day) end,
    DD = function(t) return two[t.day + 1] end,
    DDD = function(t) return t.yearday end,
    DDDo = function(t) return ordinal(t.yearday) end,
    DDDD = function(t) return three[t.yearday + 1] end,
    d = function(t) return t.weekday end,
    ["do"] = function(t) return ordinal(t.weekday) end,
    dd = function(t) return DAYS_MIN[t.weekday + 1] end,
    ddd = function(t) return moment.DAYS_SHORT[t.weekday + 1] end,
    dddd = function(t) return moment.DAYS[t.weekday + 1] end,
    e = function(t) return t.weekday end,
    E = function(t) return (t.weekday + 6) % 7 + 1 end,
    w = function(t) return (week(t)) end,
    wo = function(t) return ordinal((week(t))) end,
    ww = function(t) return two[week(t) + 1] end,
    W = function(t) return (iso_week(t)) end,
    Wo = function(t) return ordinal((iso_week(t))) end,
    WW = function(t) return two[iso_week(t) + 1] end,
    Y = function(t) return year_text(t.year, 1) end,
    YY = function(t) return two[t.year % 100 + 1] end,
    YYYY = function(t) return year_text(t.year, 4) end,
    YYYYY = function(t) return format("%05d", t.year) end,
    YYYYYY = function(t) return format("%+07d", t.year) end,
    gg = function(t) return two[select(2, week(t)) % 100 + 1] end,
    gggg = function(t) return format("%04d", (select(2, week(t)))) end,
    ggggg = function(t) return format("%05d", (select(2, week(t)))) end,
    GG = function(t) return two[select(2, iso_week(t)) % 100 + 1] end,
    GGGG = function(t) return format("%04d", (select(2, iso_week(t)))) end,
    GGGGG = function(t) return format("%05d", (select(2, iso_week(t)))) end,
    A = function(t) return t.hour < 12 and "AM" or "PM" end,
    a = function(t) return t.hour < 12 and "am" or "pm" end,
    H = function(t) return t.hour end,
    HH = function(t) return two[t.hour + 1] end,
    h = function(t) return t.hour12 end,
    hh = function(t) return two[t.hour12 + 1] end,
    k = function(t) return t.hour == 0 and 24 or t.hour end,
    kk = function(t) return two[(t.hour == 0 and 24 or t.hour) + 1] end,
    m = function(t) return t.minute end,
    mm = function(t) return two[t.minute + 1] end,
    s = function(t) return t.second end,
    ss = function(t) return two[t.second + 1] end,
    Hmm = function(t) return t.hour .. two[t.minute + 1] end,
    Hmmss = function(t) return t.hour .. two[t.minute + 1] .. two[t.second + 1] end,
    hmm = function(t) return t.hour12 .. two[t.minute + 1] end,
    hmmss = function(t) return t.hour12 .. two[t.minute + 1] .. two[t.second + 1] end,
    X = function(t) return format("%d", t.epoch) end,
    Z = function() return "+00:00" end,
    ZZ = function() return "+0000" end,
    z = function() return "UTC" end,
    zz = function() return "Coordinated Universal Time" end,
  }
  local LONGEST = 6

  -- S to SSSSSSSSS: the digits of a millisecond, at [milliseconds + 1].
  local function fractions(width)
    local list = {}
    for milli = 0, 999 do
      list[milli + 1] = sub(three[milli + 1] .. "000000", 1, width)
    end
    return list
  end

  local PRESETS = {
    LT = "h:mm A", LTS = "h:mm:ss A", L = "MM/DD/YYYY", LL = "MMMM D, YYYY", LLL = "MMMM D, YYYY h:mm A",
    LLLL = "dddd, MMMM D, YYYY h:mm A", l = "M/D/YYYY", ll = "MMM D, YYYY", lll = "MMM D, YYYY h:mm A",
    llll = "ddd, MMM D, YYYY h:mm A",
  }

  -- [text] stands for itself, up to the last ] before another [. A backslash does the same for one token.
  local function bracketed(text, at)
    return match(text, "^%[[^%[]*%]", at)
  end

  -- L, LT and their like written out.
  local function expanded(text)
    local out, at = {}, 1
    while at <= #text do
      local piece = bracketed(text, at) or match(text, "^\\LTS?", at) or match(text, "^\\[Ll]+", at) or
        match(text, "^LTS?", at) or match(text, "^LL?L?L?", at) or match(text, "^ll?l?l?", at) or
        sub(text, at, at)
      out[#out + 1] = PRESETS[piece] or piece
      at = at + #piece
    end
    return table.concat(out)
  end

  local function token_at(text, at)
    local fraction = match(text, "^S+", at)
    if fraction then
      return sub(fraction, 1, 9)
    elseif sub(text, at, at) == "x" then
      return "x"
    end
    for length = LONGEST, 1, -1 do
      local token = sub(text, at, at + length - 1)
      if #token == length and TOKENS[token] then
        return token
      end
    end
  end

  -- The parts of a format: text, a token's function of the fields, or a list of fractions.
  local function parts_of(text)
    text = expanded(text)
    local parts, at = {}, 1
    local function add(part)
      parts[#parts + 1] = part
    end
    while at <= #text do
      local escape = sub(text, at, at) == "\\" and 1 or 0
      local literal = bracketed(text, at)
      local token = not literal and token_at(text, at + escape)
      if literal then
        add(sub(literal, 2, -2))
        at = at + #literal
      elseif escape == 1 or not token then
        local plain = token or sub(text, at + escape, at + escape)
        add(plain)
        at = at + escape + math.max(#plain, 1 - escape)
      else
        if token == "x" then -- holds from 1970-01-01 00:00:01 on
          add(TOKENS.X)
          add(three)
        else
          add(sub(token, 1, 1) == "S" and fractions(#token) or TOKENS[token])
        end
        at = at + #token
      end
    end
    return parts
  end

  -- A function of milliseconds since 1970 that gives text.
  function moment.printer(text)
    local parts = parts_of(text)
    local texts, millis = { "" }, {} -- texts[1] millis[1] texts[2] ...
    for _, part in ipairs(parts) do
      if type(part) == "table" then
        millis[#millis + 1] = part
        texts[#texts + 1] = ""
      end
    end

    local known
    local function refresh(second)
      local t, at = fields(second), 1
      for i = 1, #texts do
        texts[i] = ""
      end
      for _, part in ipairs(parts) do
        if type(part) == "table" then
          at = at + 1
        else
          texts[at] = texts[at] .. (type(part) == "function" and part(t) or part)
        end
      end
      known = second
    end

    if #millis == 0 then
      return function(ms)
        local second = floor(ms / 1000)
        if second ~= known then
          refresh(second)
        end
        return texts[1]
      end
    elseif #millis == 1 then
      local list = millis[1]
      return function(ms)
        local second = floor(ms / 1000)
        if second ~= known then
          refresh(second)
        end
        return texts[1] .. list[floor(ms - second * 1000) + 1] .. texts[2]
      end
    end
    return function(ms)
      local second = floor(ms / 1000)
      if second ~= known then
        refresh(second)
      end
      local milli, text = floor(ms - second * 1000) + 1, texts[1]
      for i = 1, #millis do
        text = text .. millis[i][milli] .. texts[i + 1]
      end
      return text
    end
  end

  -- "2024-02-29T23:59:59.999Z". Random dates share no second, so nothing is kept here.
  function moment.iso(ms)
    local second = floor(ms / 1000)
    local days = floor(second / 86400)
    local year, month, day = civil(days)
    local rest = second - days * 86400
    return two[floor(year / 100) + 1] .. two[year % 100 + 1] .. "-" .. two[month + 1] .. "-" ..
      two[day + 1] .. "T" .. two[floor(rest / 3600) + 1] .. ":" .. two[floor(rest / 60) % 60 + 1] .. ":" ..
      two[rest % 60 + 1] .. "." .. three[floor(ms - second * 1000) + 1] .. "Z"
  end
  moment.FIRST_MS = days_of(1, 1, 1) * 86400000
  moment.LAST_MS = days_of(10000, 1, 1) * 86400000 - 1

  local function zone_minutes(zone)
    if zone == "" or zone == "Z" then
      return 0
    end
    local sign, hours, minutes = match(zone, "^([+-])(%d%d):?(%d%d)$")
    hours, minutes = tonumber(hours), tonumber(minutes)
    if not hours or hours > 23 or minutes > 59 then
      return nil
    end
    return (sign == "-" and -1 or 1) * (hours * 60 + minutes)
  end

  -- Milliseconds of "2024-02-29", "2024-02-29T23:59", "2024-02-29 23:59:59.5+01:00"; nil for anything else.
  function moment.parse(text)
    local year, month, day, rest = match(text, "^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$")
    if not year then
      return nil
    end
    local hour, minute, second, fraction, zone = "0", "0", "0", "", ""
    if rest ~= "" then
      hour, minute, rest = match(rest, "^[T ](%d%d):(%d%d)(.*)$")
      if not hour then
        return nil
      end
      local seconds, after = match(rest, "^:(%d%d)(.*)$")
      if seconds then
        second, rest = seconds, after
        local digits, beyond = match(rest, "^%.(%d+)(.*)$")
        fraction, rest = digits or "", beyond or rest
      end
      zone = rest
    end
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
    local offset = zone_minutes(zone)
    if not offset or year < 1 or month < 1 or month > 12 or hour > 23 or minute > 59 or second > 59 then
      return nil
    end
    local days = days_of(year, month, day)
    local _, same_month = civil(days)
    if day < 1 or same_month ~= month then
      return nil
    end
    local milli = tonumber(sub(fraction .. "000", 1, 3))
    return ((days * 24 + hour) * 60 + minute - offset) * 60000 + second * 1000 + milli
  end

  return moment
end
