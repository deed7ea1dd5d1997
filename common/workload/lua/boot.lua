-- The first that runs in a state: what ours need of each other. C gives the texts of ours and `host`, its functions and
-- what it knows; the last value goes back to it.
local source, host, compiles = ...
local jit, loadstring = jit, loadstring

if compiles then
  jit.opt.start("maxtrace=4000", "maxrecord=16000", "maxirconst=2000", "maxside=400", "maxsnap=2000", "maxmcode=4096", "loopunroll=60", "callunroll=20", "instunroll=60")
else
  jit.off() -- this process may not make code
end

local modules = {}
local function need(name)
  if modules[name] == nil then
    modules[name] = assert(loadstring(source(name), "=" .. name))(need, host)
  end
  return modules[name]
end
return need
