-- fake_name: name.*
local need = ...

return function(random, now)
  local kit = need("kit")(random, now)

  local men = kit.words [[
    Aaron Adam Albert Arjun Anton Ben Boris Bruno Callum Carlos Cedric Daniel David Diego Edgar Emil Erik Felix Finn
    Gabriel George Hassan Henry Hugo Ian Igor Isaac Jakob Jonas Juan Karl Kenji Leo Liam Luca Marco Martin Milan
    Nathan Noah Oliver Omar Oscar Paul Pedro Rafael Rohan Samuel Stefan Theo Thomas Victor Walter Yusuf]]
  local women = kit.words [[
    Ada Aisha Alice Amelia Ana Anika Beatrice Bella Camila Carmen Chloe Clara Daria Diana Elena Elise Emma Esther Eva
    Fatima Flora Freya Grace Greta Hannah Helen Ines Iris Jane Julia Kate Keiko Laura Leila Lena Lucy Maria Maya Mei
    Mina Nadia Nina Nora Olga Paula Petra Priya Rosa Ruth Sara Sofia Tara Vera Wanda Yara Zoe]]
  local families = kit.words [[
    Abbott Adler Ahmed Baker Bauer Berg Bishop Brandt Carter Castillo Chen Clarke Cohen Costa Dahl Davies Diaz Dubois
    Eriksen Evans Farmer Fischer Fontana Foster Garcia Gibson Gupta Hansen Harper Hayashi Hoffmann Ibrahim Ivanov
    Jansen Jensen Johnson Kaya Keller Kim Klein Kowalski Larsen Lopez Malik Marino Mason Mendes Meyer Moore Nakamura
    Nguyen Novak Okafor Olsen Palmer Park Patel Pereira Quinn Reed Rossi Sato Schmidt Silva Singh Smith Tanaka Taylor
    Turner Vargas Vogel Wagner Walker Weber Wilson Wright Yilmaz Young Zimmer]]
  local both = {}
  for _, list in ipairs({ men, women }) do
    for _, name in ipairs(list) do
      both[#both + 1] = name
    end
  end
  kit.lists["name.firstName"], kit.lists["name.lastName"] = both, families

  local PREFIXES = {
    men = { "Mr.", "Dr." },
    women = { "Mrs.", "Ms.", "Miss", "Dr." },
    both = { "Mr.", "Mrs.", "Ms.", "Miss", "Dr." },
  }

  -- The list for a gender: 0 is male and 1 is female, as in Faker.js.
  local function of_gender(gender, male, female, any)
    if gender == nil then
      return any
    elseif gender == 0 or gender == "male" then
      return male
    elseif gender == 1 or gender == "female" then
      return female
    end
    kit.refuse("gender", gender, '0, 1, "male" or "female"')
  end

  kit.define("name.firstName", "string", 1, "gender: 0 male, 1 female", "A first name", function(gender)
    return kit.pick(of_gender(gender, men, women, both))
  end)

  kit.define("name.lastName", "string", 1, "gender: ignored", "A family name", function(gender)
    return kit.pick(of_gender(gender, families, families, families))
  end)

  kit.define("name.prefix", "string", 1, "gender: 0 male, 1 female", "Mr., Mrs., Ms., Miss or Dr.", function(gender)
    return kit.pick(of_gender(gender, PREFIXES.men, PREFIXES.women, PREFIXES.both))
  end)

  kit.define_list("name.suffix", "What follows a name: Jr., III, PhD",
    { "Jr.", "Sr.", "I", "II", "III", "IV", "V", "MD", "DDS", "PhD", "DVM" })

  kit.define("name.findName", "string", 3, "firstName, lastName, gender",
    "A full name; one in nine has a prefix, one in nine a suffix", function(first, last, gender)
      first, last = kit.text(first, "firstName"), kit.text(last, "lastName")
      local own = {
        first = first or of_gender(gender, men, women, both),
        last = last or families,
        prefix = of_gender(gender, PREFIXES.men, PREFIXES.women, PREFIXES.both),
      }
      local forms = {}
      for i = 1, 7 do
        forms[i] = kit.form("{{first}} {{last}}", own)
      end
      forms[8] = kit.form("{{prefix}} {{first}} {{last}}", own)
      forms[9] = kit.form("{{first}} {{last}} {{name.suffix}}", own)
      return kit.mix(forms)
    end)

  kit.define_list("name.jobDescriptor", "The first word of a job's title", kit.words [[
    Assistant Associate Central Chief Deputy Executive Field Global Head Interim Internal Junior Lead National
    Principal Regional Senior Staff Technical Trainee]])
  kit.define_list("name.jobArea", "What a job is about", kit.words [[
    Accounts Analytics Brand Budget Communications Compliance Data Design Energy Facilities Finance Fleet Hiring
    Infrastructure Logistics Markets Operations Payroll Privacy Procurement Quality Research Safety Sales Security
    Standards Support Systems Training Web]])
  kit.define_list("name.jobType", "A profession", kit.words [[
    Administrator Advisor Agent Analyst Architect Auditor Buyer Clerk Consultant Coordinator Designer Developer
    Director Editor Engineer Inspector Instructor Librarian Manager Mechanic Officer Operator Planner Producer
    Representative Researcher Scientist Specialist Supervisor Technician]])
  kit.define("name.jobTitle", "string", 0, "", "A job's title of three words", function()
    return kit.compose("{{name.jobDescriptor}} {{name.jobArea}} {{name.jobType}}")
  end)
  kit.define("name.title", "string", 0, "", "The same as name.jobTitle", function()
    return kit.bound("name.jobTitle")
  end)

  return kit.of("name")
end
