#include "primary/predicted.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/must.h"
#include "primary/document.h"

static int by_id(const void *id, const void *predicted)
{
    return strcmp(id, ((const struct wire_predicted *)predicted)->id);
}

double predicted_share(const struct wire_preflight *preflight, const char *id)
{
    must(id != NULL);
    if (preflight == NULL || preflight->predicted_count == 0)
        return -1;
    const struct wire_predicted *found =
        bsearch(id, preflight->predicted, preflight->predicted_count, sizeof *preflight->predicted, by_id);
    return found != NULL ? found->share : -1;
}

json_t *predicted_number(double share)
{
    return share < 0 ? json_null() : document_real(share);
}

static int by_share(const void *a, const void *b)
{
    const struct wire_predicted *x = a, *y = b;
    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    return strcmp(x->id, y->id);
}

json_t *predicted_document(const struct wire_preflight *preflight, size_t max)
{
    if (preflight == NULL || preflight->predicted_count == 0)
        return json_null();
    size_t count = preflight->predicted_count;
    struct wire_predicted *sorted = mem_new(count, sizeof *sorted);
    memcpy(sorted, preflight->predicted, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_share);
    json_t *out = json_array();
    for (size_t i = 0; i < count && i < max; i++) {
        json_t *one = json_object();
        document_put(one, "id", document_text(sorted[i].id));
        document_put(one, "predicted", document_real(sorted[i].share));
        document_append(out, one);
    }
    free(sorted);
    return out;
}
