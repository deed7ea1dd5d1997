-- fake_lorem: lorem.*, words without meaning.
local need = ...
local sub, upper = string.sub, string.upper

return function(random, now)
  local kit = need("kit")(random, now)
  local concat = table.concat

  local WORDS = kit.words [[
    ab ad alta amicus animus aqua arbor ardens ars aurum bellum bene bonus caelum campus cantus carmen causa celer
    cervus civis clarus cor corona cum dies domus durus equus est et fabula fama ferrum fides filia flamma flos flumen
    fons forma fortis gens gratia herba hora hortus ignis imago in insula iter labor lacus laetus lapis lex liber
    littera longus lumen luna magnus manus mare mens mons mundus natura navis nemo nihil nomen nox oculus omnis opus
    orbis panis pars pax pons populus porta primus puer ratio regnum res ros rosa salus sapiens semper signum silva
    sol sonus stella tempus terra tres turris umbra unda urbs ventus ver verbum veritas via vinum vis vita vox]]
  local CAPITALS = {}
  for i, word in ipairs(WORDS) do
    CAPITALS[i] = upper(sub(word, 1, 1)) .. sub(word, 2)
  end

  local function count_of(value, what)
    return kit.integer(value, what, nil, 1, 1000)
  end

  kit.define("lorem.word", "string", 1, "num: ignored", "A word", function()
    return kit.pick(WORDS)
  end)

  kit.define("lorem.words", "string", 1, "num = 3", "That many words", function(count)
    count = count_of(count, "num") or 3
    return kit.repeated(WORDS, count, count, " ")
  end)

  kit.define("lorem.slug", "string", 1, "wordCount = 3", "Words joined by hyphens", function(count)
    count = count_of(count, "wordCount") or 3
    return kit.repeated(WORDS, count, count, "-")
  end)

  kit.define("lorem.sentence", "string", 2, "wordCount = 3 to 10, range: ignored",
    "A sentence of that many words", function(count)
      count = count_of(count, "wordCount")
      return kit.compose("{{words}}.", { words = kit.repeated(WORDS, count or 3, count or 10, " ", CAPITALS) })
    end)

  -- low .. high texts of a maker, with a gap between them.
  local function several(maker, low, high, gap)
    local lengths, buffer = kit.range(low, high - low + 1), {}
    return function()
      local count = lengths()
      for i = 1, count do
        buffer[i] = maker()
      end
      return concat(buffer, gap, 1, count)
    end
  end

  kit.define("lorem.sentences", "string", 2, 'sentenceCount = 2 to 6, separator = " "', "That many sentences",
    function(count, gap)
      count = count_of(count, "sentenceCount")
      gap = kit.text(gap, "separator", " ")
      return several(kit.bound("lorem.sentence"), count or 2, count or 6, gap)
    end)

  kit.define("lorem.lines", "string", 1, "lineCount = 1 to 5", "That many sentences, each on a line", function(count)
    count = count_of(count, "lineCount")
    return several(kit.bound("lorem.sentence"), count or 1, count or 5, "\n")
  end)

  kit.define("lorem.paragraph", "string", 1, "sentenceCount = 3", "That many sentences and up to three more",
    function(count)
      count = count_of(count, "sentenceCount") or 3
      return several(kit.bound("lorem.sentence"), count, count + 3, " ")
    end)

  kit.define("lorem.paragraphs", "string", 2, 'paragraphCount = 3, separator = "\\n \\r"', "That many paragraphs",
    function(count, gap)
      count = count_of(count, "paragraphCount") or 3
      gap = kit.text(gap, "separator", "\n \r")
      return several(kit.bound("lorem.paragraph"), count, count, gap)
    end)

  kit.define("lorem.text", "string", 1, "times: ignored", "Any of the other kinds of lorem", function()
    local makers = {}
    for i, name in ipairs({ "word", "words", "sentence", "sentences", "paragraph", "paragraphs", "lines" }) do
      makers[i] = kit.bound("lorem." .. name)
    end
    return kit.either(makers)
  end)

  return kit.of("lorem")
end
