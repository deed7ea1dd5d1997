#include "primary/api_curve.h"

#include "common/mem.h"
#include "primary/api_state.h"
#include "primary/document.h"
#include "primary/ramp.h"
#include "primary/scene.h"

#include <stdlib.h>

#define DRAWN_US UINT64_C(60000000)

static uint64_t drawn_us(const struct plan *plan, uint64_t ramp_us)
{
    if (plan->run_time_us > 0)
        return plan->run_time_us;
    uint64_t total_us = plan->shape.kind != SHAPE_NONE ? shape_total_us(&plan->shape) : SHAPE_FOREVER;
    if (total_us != SHAPE_FOREVER)
        return total_us;
    return plan->shape.period_us > 0 ? 2 * plan->shape.period_us : ramp_us + DRAWN_US;
}

/* Without a shape: a rate that stays, or users that are added. */
static size_t plain_points(const struct plan *plan, uint64_t ramp_us, uint64_t until_us,
                           struct shape_point *out)
{
    size_t count = 0;
    bool users = plan->model == PLAN_USERS;
    double value = users ? (double)plan->users : plan->rate;
    if (users && ramp_us > 0) {
        uint64_t first = ramp_users(0, plan->users, plan->spawn_rate, 0);
        out[count++] = (struct shape_point){0, (double)first};
    }
    if (ramp_us < until_us)
        out[count++] = (struct shape_point){ramp_us, value};
    if (ramp_us > until_us)
        value = (double)ramp_users(0, plan->users, plan->spawn_rate, until_us);
    out[count++] = (struct shape_point){until_us, value};
    return count;
}

/* With a scenario of its own, so that what is only drawn can't disturb a run. */
static json_t *drawn(const options_t *options, struct plan *plan, struct api_command_fields *fields)
{
    char error[OPTIONS_ERROR_MAX];
    scene_t *scene = scene_new(options, error);
    if (scene == NULL) {
        api_command_refuse(fields, "shape", error);
        return NULL;
    }
    scene_join(scene, plan);
    json_t *out = api_curve(plan);
    const char *failure = scene_failure(scene);
    if (failure != NULL) {
        api_command_refuse(fields, "shape", failure);
        json_decref(out);
        out = NULL;
    }
    scene_destroy(&scene);
    return out;
}

json_t *api_curve(const struct plan *plan)
{
    must(plan != NULL);
    struct shape_point *points = mem_new(SHAPE_POINTS_MAX, sizeof *points);
    bool shaped = plan->shape.kind != SHAPE_NONE, users = plan->model == PLAN_USERS;
    uint64_t ramp_us = users && !shaped ? ramp_length_us(0, plan->users, plan->spawn_rate) : 0;
    uint64_t until_us = drawn_us(plan, ramp_us);
    size_t count =
        shaped ? shape_points(&plan->shape, until_us, points) : plain_points(plan, ramp_us, until_us, points);
    double peak = 0;
    json_t *list = json_array(), *out = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *pair = json_array();
        document_append(pair, document_real((double)points[i].t_us / 1e6));
        document_append(pair, document_real(points[i].value));
        document_append(list, pair);
        peak = points[i].value > peak ? points[i].value : peak;
    }
    free(points);
    document_put(out, "unit", document_text(users ? "users" : "events/s"));
    document_put(out, "points", list);
    document_put(out, "ends_s",
                 plan->run_time_us > 0 ? document_real((double)plan->run_time_us / 1e6) : json_null());
    document_put(out, "peak", document_real(peak));
    document_put(out, "warm_up_s", document_real((double)plan->warm_up_us / 1e6));
    return out;
}

void api_curve_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    options_t *options = options_copy(self->is.options);
    struct plan plan;
    json_t *out = NULL;
    if (api_command_take(options, question->parameters, question->parameters_count, false, fields) &&
        api_command_load(options, &plan, fields))
        out = drawn(options, &plan, fields);
    if (out != NULL)
        api_say(answer, 200, out);
    else
        api_say(answer, 422, api_command_refusal(fields));
    options_destroy(&options);
    free(fields);
}
