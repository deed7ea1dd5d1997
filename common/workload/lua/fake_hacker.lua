-- fake_hacker: hacker.*, and database.*
local need = ...

return function(random, now)
  local kit = need("kit")(random, now)
  kit.define_list("hacker.abbreviation", "An abbreviation of computing", kit.words [[
    API ARP AWS BGP CDN CLI CPU CSV DNS GPU HTML HTTPS I2C IMAP IPC ISO JSON JWT LAN LDAP MQTT NAT NFS NTP OAuth OCR
    PCI PDF QUIC RAID RPC RTP SAML SDK SMTP SQL SSD SSH TCP TLS UDP URL USB UTF-8 VPN WAN WASM XML YAML]])
  kit.define_list("hacker.adjective", "An adjective of computing", kit.words [[
    asynchronous binary bluetooth cached clustered compiled compressed concurrent containerized encrypted ephemeral
    federated headless idempotent immutable in-memory legacy linked lossless multi-threaded nested offline open-source
    optical partitioned portable queued read-only redundant remote replicated sandboxed serial signed stateless
    streaming synthetic versioned wireless]])
  kit.define_list("hacker.noun", "A noun of computing", kit.words [[
    allocator balancer bitmap broker buffer cache checksum cipher cluster compiler cookie daemon debugger driver
    endpoint fabric filesystem firewall firmware gateway heap index interrupt kernel ledger mutex packet parser
    partition pipeline probe proxy queue register router scheduler schema server shell socket stack switch token
    webhook]])
  kit.define_list("hacker.verb", "A verb of computing", kit.words [[
    allocate backup boot compile compress connect copy debug decode decrypt deploy disassemble encode encrypt fork
    format hash index inject intercept load mount multiplex overclock parse patch ping poll probe reboot refactor
    reset reverse route scan serialize spoof sync throttle trace tunnel upload virtualize]])
  kit.define_list("hacker.ingverb", "A verb of computing that ends in -ing", kit.words [[
    allocating booting compiling compressing connecting copying debugging decoding decrypting deploying encoding
    encrypting forking formatting hashing indexing injecting intercepting loading mounting parsing patching polling
    probing rebooting refactoring resetting routing scanning serializing synchronizing throttling tracing uploading]])

  local PHRASES = {
    "Once you {{v}} the {{n}}, the {{abbr}} {{n}} will {{v}} every {{a}} {{n}}!",
    "Who told you to {{v}} the {{a}} {{abbr}} {{n}}?",
    "{{v}} the {{n}} first, or else the {{a}} {{n}} can never {{v}} our {{abbr}} {{n}}!",
    "There is no {{ing}} the {{a}} {{n}} while the {{abbr}} {{n}} is {{ing}}!",
    "Give me the {{a}} {{abbr}} {{n}} and I will {{v}} any {{n}}!",
    "Stop {{ing}} the {{n}}: somebody has to {{v}} the {{a}} {{abbr}} {{n}}!",
    "My {{abbr}} {{n}} can {{v}} the {{a}} {{n}} without {{ing}} a single {{n}}!",
    "It is always the {{a}} {{n}}: {{v}} it, then {{v}} the {{abbr}} {{n}}!",
  }
  kit.define("hacker.phrase", "string", 0, "", "A sentence that sounds like computing", function()
    local forms = {}
    for i, phrase in ipairs(PHRASES) do
      forms[i] = kit.form(phrase, {
        v = kit.lists["hacker.verb"],
        n = kit.lists["hacker.noun"],
        a = kit.lists["hacker.adjective"],
        ing = kit.lists["hacker.ingverb"],
        abbr = kit.lists["hacker.abbreviation"],
      })
    end
    return kit.mix(forms)
  end)

  kit.define_list("database.column", "A column's name", kit.words [[
    id name title email phone status category country city price quantity currency token parentId comment createdAt
    updatedAt deletedAt startsAt expiresAt latitude longitude version]])
  kit.define_list("database.type", "A column's type", kit.words [[
    bigint binary bit blob boolean char date datetime decimal double enum float int json point real smallint text time
    timestamp tinyint varbinary varchar]])
  kit.define_list("database.collation", "A collation", kit.words [[
    utf8_bin utf8_general_ci utf8_unicode_ci utf8mb4_bin utf8mb4_general_ci utf8mb4_unicode_ci ascii_bin
    ascii_general_ci latin1_swedish_ci cp1250_bin]])
  kit.define_list("database.engine", "A storage engine", kit.words "InnoDB MyISAM MEMORY CSV ARCHIVE BLACKHOLE MERGE")

  return kit.of("hacker database")
end
