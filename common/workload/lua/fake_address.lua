-- fake_address: address.*
local need = ...
local format = string.format

return function(random, now)
  local kit = need("kit")(random, now)
  local below, unit = random.below, random.unit

  kit.define_list("address.cityPrefix", "What a city's name may begin with", kit.words [[
    New North East South West Lake Port Upper Lower Fort Mount Saint]])
  kit.define_list("address.citySuffix", "What a city's name may end with", kit.words [[
    bourne bridge by combe dale field ford ham haven hill hurst mere minster pool ridge stead stoke ton well worth]])
  kit.define_list("address.streetSuffix", "A kind of street", kit.words [[
    Alley Avenue Boulevard Circle Close Corner Court Crescent Drive Gardens Gate Grove Hill Lane Loop Mews Parade Park
    Path Place Plaza Road Row Square Street Terrace Trail View Walk Way]])
  kit.define_list("address.streetPrefix", "What a street's name may begin with",
    kit.words "Old New Upper Lower Great Little North South East West")
  kit.define_list("address.county", "A county", kit.words [[
    Avon Bedfordshire Berkshire Borders Buckinghamshire Cambridgeshire Clare Cork Cornwall Cumbria Derbyshire Devon
    Dorset Durham Essex Fife Galway Gloucestershire Hampshire Herefordshire Hertfordshire Kent Kerry Lancashire
    Leicestershire Lincolnshire Mayo Merseyside Norfolk Northamptonshire Northumberland Nottinghamshire Oxfordshire
    Rutland Shropshire Somerset Staffordshire Suffolk Surrey Warwickshire Wiltshire Worcestershire]])
  kit.define_list("address.country", "A country", kit.phrases [[
    Argentina, Australia, Austria, Bangladesh, Belgium, Bolivia, Botswana, Brazil, Bulgaria, Cambodia, Canada, Chile,
    China, Colombia, Costa Rica, Croatia, Cuba, Cyprus, Denmark, Ecuador, Egypt, Estonia, Ethiopia, Finland, France,
    Germany, Ghana, Greece, Hungary, Iceland, India, Indonesia, Ireland, Israel, Italy, Jamaica, Japan, Jordan, Kenya,
    Latvia, Lithuania, Luxembourg, Madagascar, Malaysia, Malta, Mexico, Morocco, Namibia, Nepal, Netherlands, New
    Zealand, Nigeria, Norway, Oman, Pakistan, Panama, Peru, Philippines, Poland, Portugal, Romania, Senegal, Serbia,
    Singapore, Slovakia, Slovenia, South Africa, South Korea, Spain, Sri Lanka, Sweden, Switzerland, Tanzania,
    Thailand, Tunisia, Turkey, Uganda, Ukraine, United Kingdom, United States, Uruguay, Vietnam, Zambia]])
  kit.define_list("address.countryCode", "A country's code of two letters (ISO 3166)", kit.words [[
    AR AT AU BD BE BG BO BR BW CA CH CL CN CO CR CU CY CZ DE DK EC EE EG ES ET FI FR GB GH GR HR HU ID IE IL IN IS IT
    JM JO JP KE KH KR LK LT LU LV MA MG MT MX MY NA NG NL NO NP NZ OM PA PE PH PK PL PT RO RS SE SG SI SK SN TH TN TR
    TZ UA UG US UY VN ZA ZM]])

  local codes = kit.words [[
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA
    RI SC SD TN TX UT VT VA WA WV WI WY]]
  local states = kit.phrases [[
    Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii, Idaho,
    Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota,
    Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North Carolina,
    North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee, Texas,
    Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming]]
  kit.lists["address.state"] = states
  kit.define("address.state", "string", 1, "useAbbr = false", "A state of the USA; with true its two letters",
    function(abbreviated)
      return kit.pick(kit.flag(abbreviated, "useAbbr", false) and codes or states)
    end)
  kit.define_list("address.stateAbbr", "The two letters of a state of the USA", codes)

  kit.define("address.zipCode", "string", 1, 'format, as "?## #??"',
    "A ZIP code of five or nine digits, or as the format says: # a digit, ? a letter", function(text)
      text = kit.text(text, "format")
      if text then
        return kit.mix({ kit.symbols(text, "#", true) })
      end
      return kit.mix({ kit.form("#####"), kit.form("#####-####") })
    end)

  local CITIES = {
    "{{address.cityPrefix}} {{name.firstName}}{{address.citySuffix}}",
    "{{address.cityPrefix}} {{name.firstName}}",
    "{{name.firstName}}{{address.citySuffix}}",
    "{{name.lastName}}{{address.citySuffix}}",
  }
  kit.define("address.city", "string", 1, "format: 0 .. 3",
    "An invented city; format 0 has prefix and suffix, 1 a prefix, 2 and 3 a suffix", function(form)
      form = kit.integer(form, "format", nil, 0, #CITIES - 1)
      if form then
        return kit.compose(CITIES[form + 1])
      end
      local forms = {}
      for i, text in ipairs(CITIES) do
        forms[i] = kit.form(text)
      end
      return kit.mix(forms)
    end)

  kit.define("address.streetName", "string", 1, "useFullAddress: ignored", "An invented street",
    function()
      return kit.mix({
        kit.form("{{name.lastName}} {{address.streetSuffix}}"),
        kit.form("{{name.firstName}} {{address.streetSuffix}}"),
      })
    end)

  kit.define("address.secondaryAddress", "string", 0, "", "An apartment or a suite", function()
    return kit.mix({ kit.form("Apt. ###"), kit.form("Suite ###") })
  end)

  kit.define("address.streetAddress", "string", 1, "useFullAddress = false",
    "A house number of three to five digits and a street; with true also an apartment or a suite", function(full)
      full = kit.flag(full, "useFullAddress", false)
      local rest = full and " {{address.streetName}} {{address.secondaryAddress}}" or " {{address.streetName}}"
      return kit.compose("{{number}}" .. rest, {
        number = kit.mix({ kit.form("###"), kit.form("####"), kit.form("#####") }),
      })
    end)

  local function degrees(name, limit)
    local help = format("Degrees from %d.0000 to %d.0000, with four decimals", -limit, limit)
    kit.define(name, "number", 0, "", help, function()
      return function()
        return format("%.4f", (below(limit * 20000 + 1) - limit * 10000) / 10000)
      end
    end)
  end
  degrees("address.latitude", 90)
  degrees("address.longitude", 180)

  local EARTH_KM, MILE_KM = 6378.137, 1.609344

  kit.define("address.nearbyGPSCoordinate", "string", 1, '{"coordinate": [lat, lng], "radius": 10, "isMetric": false}',
    'A "latitude,longitude" within radius miles (or km) of a coordinate, by default a random one', function(options)
      options = kit.object(options, "coordinate radius isMetric")
      local km = kit.flag(options.isMetric, "isMetric", false) and 1 or MILE_KM
      local reach = kit.number(options.radius, "radius", 10, 0, 10000) * km / EARTH_KM
      local at = options.coordinate
      if at ~= nil then
        at = kit.array(at, "coordinate")
        if #at ~= 2 then
          error("coordinate takes a latitude and a longitude", 0)
        end
      end
      local fixed_lat = at and kit.number(tonumber(at[1]) or at[1], "latitude", nil, -90, 90)
      local fixed_lng = at and kit.number(tonumber(at[2]) or at[2], "longitude", nil, -180, 180)
      local sin, cos, rad, deg = math.sin, math.cos, math.rad, math.deg
      return function()
        local lat = rad(fixed_lat or unit() * 180 - 90)
        local lng = rad(fixed_lng or unit() * 360 - 180)
        local angle = reach * math.sqrt(unit()) -- evenly over the disc
        local bearing = unit() * 2 * math.pi
        local sine = sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(bearing)
        local there = math.asin(math.max(-1, math.min(1, sine)))
        local east = deg(lng + math.atan2(sin(bearing) * sin(angle) * cos(lat), cos(angle) - sin(lat) * sine))
        east = (east + 540) % 360 - 180
        return format("%.4f,%.4f", deg(there), east)
      end
    end)

  return kit.of("address")
end
