-- fake_company: company.*
local need = ...

return function(random, now)
  local kit = need("kit")(random, now)
  local suffixes = { "Inc", "and Sons", "LLC", "Group" }

  kit.define("company.suffixes", "string", 0, "", "All the suffixes, with commas", function()
    return kit.constant(table.concat(suffixes, ","))
  end)
  kit.define_list("company.companySuffix", "Inc, and Sons, LLC or Group", suffixes)

  local FORMS = {
    "{{name.lastName}} {{company.companySuffix}}",
    "{{name.lastName}} - {{name.lastName}}",
    "{{name.lastName}}, {{name.lastName}} and {{name.lastName}}",
  }
  kit.define("company.companyName", "string", 1, "format: 0 .. 2",
    "A company's name; format 0 ends in a suffix, 1 joins two names, 2 three", function(form)
      form = kit.integer(form, "format", nil, 0, #FORMS - 1)
      if form then
        return kit.compose(FORMS[form + 1])
      end
      return kit.mix({ kit.form(FORMS[1]), kit.form(FORMS[2]), kit.form(FORMS[3]) })
    end)

  kit.define_list("company.catchPhraseAdjective", "The first word of a slogan", kit.words [[
    Accessible Accountable Airtight Always-on Ambitious Bespoke Boundless Branded Carefree Certified Connected
    Considerate Curated Daring Dependable Effortless Energetic Evergreen Fair Fearless Flexible Friendly Frugal
    Generous Handpicked Hassle-free Honest Human Inclusive Inspired Limitless Lively Measured Mindful Nimble Original
    Patient Pioneering Polished Precise Refreshing Reliable Responsible Sincere Spotless Sustainable Thoughtful
    Timeless Tireless Trusted]])
  kit.define_list("company.catchPhraseDescriptor", "The second word of a slogan", kit.phrases [[
    all-weather, around-the-clock, battery-powered, big-city, cloud-based, coast-to-coast, contactless, continental,
    cross-border, door-to-door, driverless, energy-saving, family-owned, first-class, full-service, hand-finished,
    high-speed, in-house, just-in-time, long-distance, low-noise, made-to-measure, members-only, multilingual,
    night-time, on-demand, one-click, paperless, pay-as-you-go, plant-based, pocket-sized, pre-assembled,
    quick-change, rain-proof, same-day, sea-going, second-hand, self-service, short-haul, solar-powered, step-by-step,
    ten year, time-saving, two-wheeled, wall-mounted, waterproof, whole-house, zero-emission]])
  kit.define_list("company.catchPhraseNoun", "The last word of a slogan", kit.phrases [[
    advice, assembly, bakery, banking, booking, brewing, cabling, care, catalogue, catering, cleaning, climate
    control, coaching, coffee, connections, cooling, craftsmanship, dashboard, delivery, design, diagnostics,
    entertainment, fitness, freight, gardening, guarantee, heating, hospitality, insurance, kitchen, learning,
    lighting, lodging, logbook, maintenance, mapping, metering, navigation, packaging, parking, payments, printing,
    repairs, roofing, savings, scheduling, storage, subscription, tailoring, ticketing, tracking, translation,
    transport, workshop]])
  kit.define_list("company.bsBuzz", "A verb of business", kit.words [[
    advance advertise appraise assemble assess audit bundle calculate centralize certify commission consolidate
    coordinate crowdsource delegate digitize discover distribute diversify document double economize exceed expand
    finance forecast franchise future-proof guarantee guide import improve insource invent launch license manage
    market merge motivate negotiate nurture outsource penetrate plan position predict prioritize promote quantify
    refine relaunch restructure reward share simplify sponsor standardize supervise supply track upgrade]])
  kit.define_list("company.bsAdjective", "An adjective of business", kit.words [[
    affordable ambitious annual attractive audited award-winning bankable best-selling booming certified competitive
    confidential cost-effective crowd-funded cutting-edge discounted eco-friendly emerging exclusive export-ready
    fast-growing favourable flagship global-minded green hands-on high-margin in-demand lean licensed local long-term
    lucrative mature measurable nationwide niche overseas paperless patented premium privately-held profitable
    quarterly regional regulated reputable seasonal sought-after subsidized tax-deductible top-tier unmatched untapped
    wholesale worldwide]])
  kit.define_list("company.bsNoun", "A noun of business", kit.phrases [[
    acquisitions, agreements, assets, audiences, audits, branches, budgets, campaigns, catalogues, commodities,
    consignments, contracts, customers, dividends, earnings, estimates, exhibitions, exports, factories, forecasts,
    franchises, guidelines, headquarters, incentives, innovations, inventories, investments, invoices, joint ventures,
    key accounts, lead times, licences, logistics, loyalty cards, margins, memberships, milestones, negotiations,
    offices, orders, patents, pipelines, price lists, prototypes, quotas, rebates, resellers, retailers, revenues,
    roadmaps, shareholders, showrooms, spreadsheets, subsidiaries, suppliers, trade fairs, vouchers, warehouses]])

  kit.define("company.catchPhrase", "string", 0, "", "A slogan of three words", function()
    return kit.compose(
      "{{company.catchPhraseAdjective}} {{company.catchPhraseDescriptor}} {{company.catchPhraseNoun}}")
  end)
  kit.define("company.bs", "string", 0, "", "A verb, an adjective and a noun of business", function()
    return kit.compose("{{company.bsBuzz}} {{company.bsAdjective}} {{company.bsNoun}}")
  end)

  return kit.of("company")
end
