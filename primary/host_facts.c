#include "primary/host_facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "primary/document.h"

/* "model name : Intel(R) ..." of the first core; ARM machines name none. */
static void cpu_model(char *out, size_t size)
{
    snprintf(out, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL)
        return;
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (colon == NULL || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        colon += strspn(colon, ": \t");
        snprintf(out, size, "%.*s", (int)strcspn(colon, "\n"), colon);
        break;
    }
    fclose(file);
}

json_t *host_facts(void)
{
    struct utsname name;
    char model[256], kernel[160];
    memset(&name, 0, sizeof name);
    if (uname(&name) != 0)
        snprintf(name.nodename, sizeof name.nodename, "unknown");
    cpu_model(model, sizeof model);
    snprintf(kernel, sizeof kernel, "%.64s %.64s", name.sysname, name.release);
    long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    json_t *out = json_object();
    document_put(out, "name", document_text(name.nodename));
    document_put(out, "kernel", document_text(kernel));
    document_put(out, "machine", document_text(name.machine));
    document_put(out, "cpu", document_text(model));
    document_put(out, "cores", json_integer(cores));
    document_put(out, "memory_bytes", json_integer((json_int_t)pages * page));
    return out;
}
