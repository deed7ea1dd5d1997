#include "primary/passing_document.h"

#include "primary/document.h"

json_t *passing_document_thresholds(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    json_t *out = json_array();
    for (size_t i = 0; i < snapshot->thresholds_count; i++) {
        const struct threshold_result *result = &snapshot->thresholds[i];
        bool judged = result->state != THRESHOLD_NONE;
        json_t *one = json_object();
        document_put(one, "text", document_text(result->is.text));
        document_put(one, "metric", document_text(result->is.name));
        document_put(one, "op", document_text(threshold_op_name(result->is.op)));
        document_put(one, "unit", document_text(threshold_unit_name(result->is.unit)));
        document_put(one, "limit", document_real(result->is.limit));
        document_put(one, "value", judged ? document_real(result->value) : json_null());
        document_put(one, "state", document_text(threshold_state_name(result->state)));
        document_append(out, one);
    }
    return out;
}

static json_t *rate_or_null(double rate)
{
    return rate > 0 ? document_real(rate) : json_null();
}

static json_t *step_document(const struct search_step *step)
{
    json_t *out = json_object();
    document_put(out, "at_s", document_real(step->at_s));
    document_put(out, "seconds", document_real(step->seconds));
    document_put(out, "rate", document_real(step->rate));
    document_put(out, "confirming", json_boolean(step->confirming));
    document_put(out, "delivered_per_s", document_real(step->delivered_per_s));
    document_put(out, "achieved_ratio", document_real(step->achieved));
    document_put(out, "p50_us", step->timed ? document_number(step->p50_us) : json_null());
    document_put(out, "p99_us", step->timed ? document_number(step->p99_us) : json_null());
    document_put(out, "throttled_share", document_real(step->throttled_share));
    document_put(out, "failed_share", document_real(step->failed_share));
    document_put(out, "held", json_boolean(step->held));
    document_put(out, "why", document_text(step->why));
    return out;
}

json_t *passing_document_search(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    const struct search *search = snapshot->search;
    if (search == NULL)
        return json_null();
    json_t *out = json_object(), *conditions = json_array(), *steps = json_array();
    for (size_t i = 0; i < search->plan.conditions.count; i++)
        document_append(conditions, document_text(search->plan.conditions.list[i].text));
    for (size_t i = 0; i < search->steps_count; i++)
        document_append(steps, step_document(&search->steps[i]));
    json_t *verdict = json_null();
    if (search->verdict.text[0] != '\0') {
        verdict = json_object();
        document_put(verdict, "kind", document_text(verdict_name(search->verdict.kind)));
        document_put(verdict, "text", document_text(search->verdict.text));
    }
    bool told = search_over(search) && search->stopped_by[0] != '\0';
    document_put(out, "state", document_text(search_state_name(search->state)));
    document_put(out, "activity", document_text(snapshot->search_activity));
    document_put(out, "conditions", conditions);
    document_put(out, "from", document_real(search->plan.from));
    document_put(out, "to", document_real(search->plan.to));
    document_put(out, "hold_s", document_real((double)search->plan.hold_us / 1e6));
    document_put(out, "rate", document_real(search->rate));
    document_put(out, "held", rate_or_null(search->held));
    document_put(out, "failed", rate_or_null(search->failed));
    document_put(out, "found", rate_or_null(search->found));
    document_put(out, "stopped_by", told ? document_text(search->stopped_by) : json_null());
    document_put(out, "verdict", verdict);
    document_put(out, "remaining_s", document_real((double)snapshot->search_remaining_us / 1e6));
    document_put(out, "steps", steps);
    return out;
}
