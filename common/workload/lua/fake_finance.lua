-- fake_finance: finance.*; account numbers, IBANs and the rest are invented and belong to nobody.
local need = ...
local byte, gmatch, rep, sub = string.byte, string.gmatch, string.rep, string.sub

return function(random, now)
  local kit = need("kit")(random, now)
  local below = random.below
  local concat = table.concat

  kit.define("finance.account", "string", 1, "length = 8", "An account's number of that many digits", function(length)
    length = kit.integer(length, "length", 8, 1, 64)
    return kit.compose(rep("#", length))
  end)

  kit.lists["finance.accountType"] = kit.phrases [[
    Business, Checking, Deposit, Emergency, Family, Foreign Currency, Holiday, House, Investment, Joint, Loan,
    Pension, Salary, Savings, Student]]
  kit.define("finance.accountName", "string", 0, "", "An account's name", function()
    return kit.compose("{{finance.accountType}} Account")
  end)

  kit.define("finance.mask", "string", 3, "length = 4, parens = false, ellipsis = false",
    "The last digits of a number, in parentheses or after dots where asked", function(length, parens, ellipsis)
      length = kit.integer(length, "length", 4, 1, 64)
      local text = (kit.flag(ellipsis, "ellipsis", false) and "..." or "") .. rep("#", length)
      return kit.compose(kit.flag(parens, "parens", false) and "(" .. text .. ")" or text)
    end)

  kit.define("finance.amount", "number", 4, "min = 0, max = 1000, dec = 2, symbol",
    "An amount with dec decimals, and text where a symbol precedes it", function(min, max, decimals, symbol)
      return kit.money(nil, min, max, decimals, symbol)
    end)

  kit.define_list("finance.transactionType", "A kind of transaction",
    kit.words "deposit invoice payment refund transfer withdrawal")

  -- code symbol name
  local CURRENCIES = [[
    AED د.إ UAE Dirham|ARS $ Argentine Peso|AUD $ Australian Dollar|BRL R$ Brazilian Real|CAD $ Canadian Dollar|
    CHF CHF Swiss Franc|CLP $ Chilean Peso|CNY ¥ Yuan Renminbi|COP $ Colombian Peso|CZK Kč Czech Koruna|
    DKK kr Danish Krone|EGP £ Egyptian Pound|EUR € Euro|GBP £ Pound Sterling|HKD $ Hong Kong Dollar|
    HUF Ft Forint|IDR Rp Rupiah|ILS ₪ New Israeli Sheqel|INR ₹ Indian Rupee|JPY ¥ Yen|KES KSh Kenyan Shilling|
    KRW ₩ Won|MAD DH Moroccan Dirham|MXN $ Mexican Peso|MYR RM Malaysian Ringgit|NGN ₦ Naira|NOK kr Norwegian Krone|
    NZD $ New Zealand Dollar|PEN S/ Sol|PHP ₱ Philippine Peso|PKR ₨ Pakistan Rupee|PLN zł Zloty|RON lei Romanian Leu|
    SEK kr Swedish Krona|SGD $ Singapore Dollar|THB ฿ Baht|TRY ₺ Turkish Lira|UAH ₴ Hryvnia|USD $ US Dollar|
    VND ₫ Dong|ZAR R Rand]]
  local codes, symbols, names = {}, {}, {}
  for code, symbol, name in gmatch(CURRENCIES, "(%u%u%u) (%S+) ([^|]+)") do
    codes[#codes + 1], symbols[#symbols + 1], names[#names + 1] = code, symbol, name
  end
  kit.define_list("finance.currencyCode", "A currency's code (ISO 4217)", codes)
  kit.define_list("finance.currencySymbol", "A currency's symbol", symbols)
  kit.define_list("finance.currencyName", "A currency's name", names)

  local BASE58 = kit.words [[
    1 2 3 4 5 6 7 8 9 A B C D E F G H J K L M N P Q R S T U V W X Y Z a b c d e f g h i j k m n o p q r s t u v w x y
    z]]
  kit.define("finance.bitcoinAddress", "string", 0, "", "Looks like a Bitcoin address; its checksum is not valid",
    function()
      return kit.repeated(BASE58, 27, 34, "", { "1", "3" })
    end)

  -- What follows the two check digits: n digits, a letters, c either (ISO 13616).
  local IBANS = kit.words [[
    AT16n BE12n CH5n12c CZ20n DE18n DK14n EE16n ES20n FI14n FR10n11c2n GB4a14n HR17n HU24n IE4a14n IT1a10n12c LT16n
    LU3n13c NL4a10n NO11n PL24n PT21n SE20n SI15n SK20n]]

  -- The remainder by 97 of a text of digits and letters, a letter counting as two digits (A is 10).
  local function remainder97(text, from)
    for i = 1, #text do
      local code = byte(text, i)
      if code >= 65 then
        from = (from * 100 + code - 55) % 97
      else
        from = (from * 10 + code - 48) % 97
      end
    end
    return from
  end

  local DIGITS = kit.words "0 1 2 3 4 5 6 7 8 9"
  local LETTERS = kit.words "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z"
  local BOTH = kit.words "0 1 2 3 4 5 6 7 8 9 A B C D E F G H I J K L M N O P Q R S T U V W X Y Z"
  local KINDS = { n = DIGITS, a = LETTERS, c = BOTH }

  kit.define("finance.iban", "string", 1, "formatted = false",
    "An IBAN with valid check digits; with true in groups of four", function(formatted)
      formatted = kit.flag(formatted, "formatted", false)
      local countries, layouts = {}, {}
      for i, text in ipairs(IBANS) do
        countries[i], layouts[i] = sub(text, 1, 2), {}
        for count, kind in gmatch(sub(text, 3), "(%d+)(%l)") do
          for _ = 1, tonumber(count) do
            layouts[i][#layouts[i] + 1] = KINDS[kind]
          end
        end
      end
      local two, buffer = kit.numerals(2), {}
      return function()
        local which = below(#layouts) + 1
        local country, layout = countries[which], layouts[which]
        for i = 1, #layout do
          local chars = layout[i]
          buffer[i] = chars[below(#chars) + 1]
        end
        local account = concat(buffer, "", 1, #layout)
        local check = 98 - remainder97("00", remainder97(country, remainder97(account, 0)))
        local iban = country .. two[check + 1] .. account
        if not formatted then
          return iban
        end
        local groups = 0
        for at = 1, #iban, 4 do
          groups = groups + 1
          buffer[groups] = sub(iban, at, at + 3)
        end
        return concat(buffer, " ", 1, groups)
      end
    end)

  kit.define("finance.bic", "string", 0, "", "A bank's code (ISO 9362) of eight or eleven characters", function()
    local own = { x = LETTERS }
    return kit.mix({
      kit.form("{{x}}{{x}}{{x}}{{x}}{{address.countryCode}}{{x}}#", own),
      kit.form("{{x}}{{x}}{{x}}{{x}}{{address.countryCode}}{{x}}{{x}}###", own),
    })
  end)

  return kit.of("finance")
end
