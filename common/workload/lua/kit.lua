-- kit: what the files of fake data share: definitions, argument checks, draws, pieces of text.
--
-- Whatever can be worked out beforehand is, when a template is compiled. What runs per event is free of loops where
-- it can be, so that LuaJIT turns a whole template into one straight trace.
local byte, find, format, gmatch = string.byte, string.find, string.format, string.gmatch
local gsub, match, sub = string.gsub, string.match, string.sub
local concat, floor = table.concat, math.floor

local SAFE_INTEGER = 2 ^ 53
local WHOLE_DRAW = 2 ^ 32 -- random.below() takes less than this

local function build(random)
  local below, unit = random.below, random.unit
  local kit = { functions = {}, lists = {} }

  -- Definitions ----------------------------------------------------------------------------------------------

  -- Add a function that takes up to `most` arguments; make(...) checks them and gives the closure.
  function kit.define(name, kind, most, args, help, make)
    local function bind(...)
      local given = select("#", ...)
      if given > most then
        error(format("takes %s, not %d", most == 0 and "no arguments" or most == 1 and "one argument" or
          "up to " .. most .. " arguments", given), 0)
      end
      return make(...)
    end
    kit.functions[name] = { kind = kind, args = args, help = help, bind = bind }
  end

  -- Add a function without arguments that picks from a list of texts.
  function kit.define_list(name, help, list)
    kit.lists[name] = list
    kit.define(name, "string", 0, "", help, function()
      return kit.pick(list)
    end)
  end

  -- The closure of another function, for one that builds on it; when binding, as its file may be loaded later.
  function kit.bound(name, ...)
    return kit.functions[name].bind(...)
  end

  -- What a file gives: the functions whose names begin with one of these words.
  function kit.of(words)
    local out = {}
    for name, entry in pairs(kit.functions) do
      if find(" " .. words .. " ", " " .. match(name, "^%a+") .. " ", 1, true) then
        out[name] = entry
      end
    end
    return out
  end

  -- Lists ----------------------------------------------------------------------------------------------------

  -- "a b c": a list of single words.
  function kit.words(text)
    local list = {}
    for word in gmatch(text, "%S+") do
      list[#list + 1] = word
    end
    return list
  end

  -- "a b, c, d": a list of phrases; line breaks count as spaces.
  function kit.phrases(text)
    local list = {}
    for phrase in gmatch(text, "[^,]+") do
      list[#list + 1] = match(gsub(phrase, "%s+", " "), "^ ?(.-) ?$")
    end
    return list
  end

  -- The names of an object's members, sorted: pairs() has another order in every process.
  function kit.names(object)
    local list = {}
    for name in pairs(object) do
      list[#list + 1] = name
    end
    table.sort(list, function(a, b)
      return tostring(a) < tostring(b)
    end)
    return list
  end

  -- "00" .. "99" for width 2; kept, as many functions want the same ones.
  local numerals = {}
  function kit.numerals(width)
    if not numerals[width] then
      local list = {}
      for value = 0, 10 ^ width - 1 do
        list[value + 1] = format("%0" .. width .. "d", value)
      end
      numerals[width] = list
    end
    return numerals[width]
  end

  -- The two hexadecimal digits of 0 .. 255, at [0] .. [255].
  kit.hex = {}
  for value = 0, 255 do
    kit.hex[value] = format("%02x", value)
  end

  -- Arguments ------------------------------------------------------------------------------------------------

  local function shown(value)
    if type(value) == "string" then
      return '"' .. (#value > 40 and sub(value, 1, 40) .. "..." or value) .. '"'
    end
    return type(value) == "table" and "a list or an object" or tostring(value)
  end

  -- `what` is the argument's name, for the message; functions.lua puts the function's before it.
  function kit.refuse(what, value, allowed)
    error(format("%s is %s; %s is allowed", what, shown(value), allowed), 0)
  end

  function kit.number(value, what, default, low, high)
    if value == nil then
      return default
    end
    low, high = low or -SAFE_INTEGER, high or SAFE_INTEGER
    if type(value) ~= "number" or not (value >= low and value <= high) then
      kit.refuse(what, value, format("a number from %.14g to %.14g", low, high))
    end
    return value
  end

  function kit.integer(value, what, default, low, high)
    if value == nil then
      return default
    end
    if type(value) ~= "number" or not (value >= low and value <= high) or value ~= floor(value) then
      kit.refuse(what, value, format("an integer from %.16g to %.16g", low, high))
    end
    return value
  end

  function kit.text(value, what, default)
    if value == nil then
      return default
    end
    if type(value) ~= "string" then
      kit.refuse(what, value, "text in quotes")
    end
    return value
  end

  function kit.flag(value, what, default)
    if value == nil then
      return default
    end
    if type(value) ~= "boolean" then
      kit.refuse(what, value, "true or false")
    end
    return value
  end

  -- An object with no members but the known ones ("min max precision").
  function kit.object(value, known)
    if value == nil then
      return {}
    end
    if type(value) ~= "table" or value[1] ~= nil then
      kit.refuse("the argument", value, 'an object like {"' .. match(known, "%S+") .. '": ...}')
    end
    for _, name in ipairs(kit.names(value)) do
      if not find(" " .. known .. " ", " " .. tostring(name) .. " ", 1, true) then
        error(format('there is no member "%s", only %s', name, (gsub(known, " ", ", "))), 0)
      end
    end
    return value
  end

  -- A copy of a list that has at least one element and no holes.
  function kit.array(value, what)
    if type(value) ~= "table" then
      kit.refuse(what, value, "a list like [1, 2, 3]")
    end
    local list = {}
    for i, element in ipairs(value) do
      list[i] = element
    end
    for key in pairs(value) do
      if list[key] == nil then
        kit.refuse(what, value, "a list like [1, 2, 3], without gaps,")
      end
    end
    if #list == 0 then
      error(what .. " is empty", 0)
    end
    return list
  end

  -- Draws ----------------------------------------------------------------------------------------------------

  -- Makers of low .. low + count - 1.
  function kit.range(low, count)
    low = low + 0 -- makes 0 of -0, which would be printed with its sign
    if count == 1 then
      return function()
        return low
      end
    elseif count < WHOLE_DRAW then
      return function()
        return low + below(count)
      end
    end
    return function()
      return low + floor(unit() * count)
    end
  end

  function kit.pick(list)
    local count = #list
    return function()
      return list[below(count) + 1]
    end
  end

  -- Text -----------------------------------------------------------------------------------------------------

  function kit.constant(value)
    return function()
      return value
    end
  end

  local DIGITS_MAX = 3 -- of a list of numerals
  local SLOTS_MAX = 18 -- three variables each, of the 60 that a function may see
  local LETTERS = kit.words("A B C D E F G H I J K L M N O P Q R S T U V W X Y Z")

  -- A form is a list of parts: texts, lists that one is picked from, functions that are called.
  local function add(form, part)
    if type(part) == "string" and type(form[#form]) == "string" then
      form[#form] = form[#form] .. part
    else
      form[#form + 1] = part
    end
  end

  -- "A-###": each `symbol` becomes a digit, and with `letters` each ? a capital letter.
  function kit.symbols(text, symbol, letters)
    local form, at = {}, 1
    while at <= #text do
      local char, length = sub(text, at, at), 1
      if char == symbol then
        while length < DIGITS_MAX and sub(text, at + length, at + length) == symbol do
          length = length + 1
        end
        add(form, kit.numerals(length))
      else
        add(form, letters and char == "?" and LETTERS or char)
      end
      at = at + length
    end
    return form
  end

  -- "{{name.lastName}} ###": a part in `own`, or else another function, for each name; a digit for each #.
  function kit.form(text, own)
    local form, at = {}, 1
    local function literal(piece)
      for _, part in ipairs(kit.symbols(piece, "#")) do
        add(form, part)
      end
    end
    for before, name, after in gmatch(text, "(.-){{([%w.]+)}}()") do
      literal(before)
      add(form, own and own[name] or kit.lists[name] or kit.bound(name))
      at = after
    end
    literal(sub(text, at))
    return form
  end

  -- Code for lists (l) and functions (f) in that order, with texts around them: see row_of for what is in p. All that
  -- goes into the code is numbers. For one form each text, list and size is a variable that never changes; as the code
  -- is not shared with another form either, LuaJIT takes them for constants.
  local function code_of(kinds, several)
    local names, pieces = {}, {}
    for at = 1, 3 * #kinds + 1 do
      names[at] = format(several and "p[%d]" or "p%d", at)
    end
    for slot = 1, #kinds do
      local call = sub(kinds, slot, slot) == "f" and "%s .. %s()" or "%s .. %s[below(%s) + 1]"
      pieces[slot] = format(call, names[3 * slot - 2], names[3 * slot - 1], names[3 * slot])
    end
    pieces[#pieces + 1] = names[#names]
    local code = "local below, forms, count = ...\n"
    if several then
      code = code .. "return function()\nlocal p = forms[below(count) + 1]\n"
    else
      code = code .. "local " .. concat(names, ", ") .. " = unpack(forms[1])\nreturn function()\n"
    end
    code = code .. "return " .. concat(pieces, " .. ") .. "\nend"
    return assert(loadstring(code, "=form"))
  end

  -- Text, list or function, size, text, ... text; and which are lists (l) and functions (f).
  local function row_of(form, first, last)
    local row, kinds = { "" }, ""
    for i = first, last do
      local part = form[i]
      if type(part) == "string" then
        row[#row] = row[#row] .. part
      else
        kinds = kinds .. (type(part) == "table" and "l" or "f")
        row[#row + 1], row[#row + 2], row[#row + 3] = part, type(part) == "table" and #part or 0, ""
      end
    end
    return row, kinds
  end

  -- A maker of text in one of several forms. Which form and which word are looked up in tables by code without branches
  -- and loops, so that one trace holds for all of them. Several forms have no functions and up to SLOTS_MAX lists.
  function kit.mix(forms)
    local rows, most = {}, ""
    if #forms == 1 then
      local form, first, makers = forms[1], 1, {}
      repeat
        local last = math.min(first + SLOTS_MAX - 1, #form)
        local row, kinds = row_of(form, first, last)
        makers[#makers + 1] = code_of(kinds, false)(below, { row }, 1)
        first = last + 1
      until first > #form
      return #makers == 1 and makers[1] or kit.mix({ makers })
    end
    for i, form in ipairs(forms) do
      local kinds
      rows[i], kinds = row_of(form, 1, #form)
      most = #kinds > #most and kinds or most
    end
    assert(not find(most, "f") and #most <= SLOTS_MAX)
    for _, row in ipairs(rows) do
      while #row < 3 * #most + 1 do
        row[#row + 1], row[#row + 2], row[#row + 3] = { "" }, 1, ""
      end
    end
    return code_of(most, true)(below, rows, #rows)
  end

  function kit.compose(text, own)
    return kit.mix({ kit.form(text, own) })
  end

  -- One of several makers.
  function kit.either(makers)
    local count = #makers
    return function()
      return makers[below(count) + 1]()
    end
  end

  -- A text of low .. high elements of a list with `gap` between them; `heads`: the list of the first one.
  function kit.repeated(list, low, high, gap, heads)
    heads = heads or list
    if high <= SLOTS_MAX then
      local forms = {}
      for count = low, high do
        local form = { heads }
        for _ = 2, count do
          form[#form + 1] = gap
          form[#form + 1] = list
        end
        forms[#forms + 1] = form
      end
      return kit.mix(forms)
    end
    local size, sizes, lengths, buffer = #list, #heads, kit.range(low, high - low + 1), {}
    return function()
      local count = lengths()
      buffer[1] = heads[below(sizes) + 1]
      for i = 2, count do
        buffer[i] = list[below(size) + 1]
      end
      return concat(buffer, gap, 1, count)
    end
  end

  -- A maker of new tables of a form: text in it is composed, functions are called, tables are nested.
  function kit.record(form)
    local names, makers = kit.names(form), {}
    for i, name in ipairs(names) do
      local part = form[name]
      makers[i] = type(part) == "table" and kit.record(part) or type(part) == "function" and part or kit.compose(part)
    end
    return function()
      local out = {}
      for i = 1, #names do
        out[names[i]] = makers[i]()
      end
      return out
    end
  end

  -- Money: min .. max, both included, in steps of the last decimal; as text, which keeps the decimals.
  function kit.money(lowest, min, max, decimals, symbol)
    min = kit.number(min, "min", 0, lowest, 1e12)
    max = kit.number(max, "max", math.max(1000, min), lowest, 1e12)
    decimals = kit.integer(decimals, "dec", 2, 0, 8)
    symbol = kit.text(symbol, "symbol", "")
    local scale = 10 ^ decimals
    local first, last = math.ceil(min * scale - 1e-6), floor(max * scale + 1e-6)
    if first > last then
      error(format("no amount lies between min %.14g and max %.14g", min, max), 0)
    end
    if math.max(-first, last) >= SAFE_INTEGER / 2 then
      error("so many decimals of so large an amount are beyond precision", 0)
    end
    local amounts, form = kit.range(first, last - first + 1), "%." .. decimals .. "f"
    if symbol == "" then
      return function()
        return format(form, amounts() / scale)
      end
    end
    return function()
      return symbol .. format(form, amounts() / scale)
    end
  end

  return kit
end

local made -- one for a state: functions build on those of other files
return function(random)
  made = made or build(random)
  return made
end
