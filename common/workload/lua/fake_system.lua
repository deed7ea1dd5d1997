-- fake_system: system.*
local need = ...
local gmatch, gsub, lower, match = string.gmatch, string.gsub, string.lower, string.match

return function(random, now)
  local kit = need("kit")(random, now)
  -- a media type, then the extensions it goes by
  local TYPES = [[
    application/gzip gz|application/json json|application/msword doc dot|application/pdf pdf|
    application/vnd.ms-excel xls xlt|application/x-tar tar|application/xml xml xsl|application/zip zip|
    audio/flac flac|audio/mpeg mp3 mpga|audio/ogg oga ogg|audio/wav wav|font/woff2 woff2|image/gif gif|
    image/jpeg jpg jpeg|image/png png|image/svg+xml svg|image/tiff tif tiff|image/webp webp|text/css css|
    text/csv csv|text/html html htm|text/markdown md|text/plain txt log conf|video/mp4 mp4|video/mpeg mpeg mpg|
    video/webm webm]]
  local mimes, extensions, all, kinds = {}, {}, {}, {}
  for mime, list in gmatch(TYPES, "(%l+/%S+) ([^|]+)") do
    mimes[#mimes + 1] = mime
    extensions[mime] = kit.words(list)
    for _, extension in ipairs(extensions[mime]) do
      all[#all + 1] = extension
    end
    local kind = match(mime, "^%l+")
    if kinds[#kinds] ~= kind then
      kinds[#kinds + 1] = kind
    end
  end
  local COMMON = kit.words "pdf mp3 wav png jpg gif mp4 mpeg html"

  kit.define_list("system.mimeType", "A media type", mimes)
  kit.define_list("system.commonFileType", "Video, audio, image, text or application",
    kit.words "video audio image text application")
  kit.define_list("system.fileType", "The first half of a media type", kinds)

  kit.define("system.commonFileExt", "string", 1, "type: ignored", "One of nine common extensions",
    function()
      return kit.pick(COMMON)
    end)

  kit.define("system.fileExt", "string", 1, "mimeType", "An extension; of that media type where it is a known one",
    function(mime)
      mime = kit.text(mime, "mimeType")
      return kit.pick(mime and extensions[mime] or all)
    end)

  local function file_safe(word)
    return (gsub(lower(word), "[ ,/\\-]", "_"))
  end
  local function name_with(extension)
    return kit.compose("{{words}}.{{extension}}", {
      words = kit.random_words(1, 3, "_", file_safe),
      extension = extension,
    })
  end

  kit.define("system.fileName", "string", 2, "ext, type: ignored", "One to three words and an extension",
    function()
      return name_with(all)
    end)

  kit.define("system.commonFileName", "string", 2, "ext, type: ignored",
    "One to three words and a common extension, or the given one", function(extension)
      extension = kit.text(extension, "ext")
      return name_with(extension or COMMON)
    end)

  kit.define_list("system.directoryPath", "A directory (Faker.js 4 has only the name of this function)", kit.words [[
    /bin /boot /dev /etc /etc/default /etc/init.d /home /lib /media /mnt /opt /opt/bin /opt/share /private /root /run
    /sbin /srv /srv/data /srv/www /tmp /usr/bin /usr/include /usr/lib /usr/local/bin /usr/local/share /usr/sbin
    /usr/share /var/cache /var/lib /var/log /var/mail /var/spool /var/tmp]])

  kit.define("system.filePath", "string", 0, "", "A directory and a file (Faker.js 4 has only the name)", function()
    return kit.compose("{{system.directoryPath}}/{{system.fileName}}")
  end)

  kit.define("system.semver", "string", 0, "", "A version of three numbers from 0 to 9", function()
    return kit.compose("#.#.#")
  end)

  return kit.of("system")
end
