/*
 * web_probe - the web server with canned documents and a handler that echoes, for test_web_server.py.
 *
 * web_probe PORT [name=value ...]: base, cert, key, token, user, password, viewer, state. Prints one JSON
 * line with url and made password once it serves; publishes a new run each 100 ms; ends at end of file on
 * stdin.
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "web/server/web.h"

static web_later_t *held; /* a POST /stop that waits for the next POST /api/v1/run/stop */

static const char *argument(int count, char **list, const char *name)
{
    size_t length = strlen(name);
    for (int i = 2; i < count; i++)
        if (strncmp(list[i], name, length) == 0 && list[i][length] == '=')
            return list[i] + length + 1;
    return NULL;
}

static void echo(const struct web_question *question, struct web_answer *answer)
{
    json_t *parameters = json_object();
    for (size_t i = 0; i < question->parameter_count; i++)
        json_object_set_new(parameters, question->parameters[i].name,
                            json_string(question->parameters[i].value));
    json_t *object = json_pack("{s:i,s:i,s:s,s:s,s:s,s:s,s:i,s:o,s:b}", "method", (int)question->method,
                               "route", (int)question->route, "id", question->id, "role",
                               question->role == WEB_OPERATOR ? "operator" : "viewer", "user", question->user,
                               "remote", question->remote, "body_length", (int)question->body_length,
                               "parameters", parameters, "held", held != NULL);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    web_answer_bytes(answer, 200, NULL, text, strlen(text));
    free(text);
}

static void handle(void *context, const struct web_question *question, struct web_answer *answer)
{
    (void)context;
    if (question->route == WEB_STOP && question->method == WEB_POST && held == NULL) {
        held = web_answer_later(question);
        return;
    }
    if (question->route == WEB_RUN_STOP && held != NULL) {
        struct web_answer late = {0};
        web_answer_bytes(&late, 200, NULL, "{\"late\":true}", 13);
        web_answer_now(&held, &late);
    }
    if (question->route == WEB_SHARDS)
        return; /* a handler that forgets to answer */
    if (question->route == WEB_REPORT) {
        web_answer_bytes(answer, 200, "text/html; charset=utf-8", "<p>report</p>", 13);
        return;
    }
    echo(question, answer);
    if (question->route == WEB_DOWNLOAD)
        snprintf(answer->file, sizeof answer->file, "a \"quoted\"\r\nname-%s", question->id);
}

static void publish(web_t *web, unsigned number)
{
    char text[64];
    int length = snprintf(text, sizeof text, "{\"sequence\":%u}", number);
    web_publish(web, WEB_DOC_RUN, text, (size_t)length);
    web_publish(web, WEB_DOC_LOCUST, "{\"stats\":[]}", 12);
    web_publish(web, WEB_DOC_WORKER_COUNT, "{\"worker_count\":2}", 18);
    web_publish(web, WEB_DOC_METRICS, "freshet_up 1\n", 13);
}

static void serve(web_t *web, bool silent)
{
    struct pollfd wait[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = web_fd(web), .events = POLLIN}};
    for (unsigned number = 1; wait[0].revents == 0; number++) {
        if (!silent)
            publish(web, number);
        if (poll(wait, 2, 100) > 0 && wait[1].revents != 0)
            web_pump(web);
    }
}

int main(int count, char **list)
{
    char error[WEB_ERROR_MAX], made[WEB_SECRET_MAX];
    const char *host = argument(count, list, "host");
    struct web_accounts_setup from = {.user = argument(count, list, "user"),
                                      .password = argument(count, list, "password"),
                                      .password_file = argument(count, list, "password_file"),
                                      .viewer_password = argument(count, list, "viewer"),
                                      .state_dir = argument(count, list, "state"),
                                      .host = host != NULL ? host : "127.0.0.1"};
    struct web_setup setup = {.host = from.host,
                              .port = count > 1 ? (unsigned)strtoul(list[1], NULL, 10) : 0,
                              .base_path = argument(count, list, "base"),
                              .tls_cert = argument(count, list, "cert"),
                              .tls_key = argument(count, list, "key"),
                              .metrics_token = argument(count, list, "token"),
                              .log = log_new("web_probe", LOG_LEVEL_INFO, argument(count, list, "log")),
                              .handler = handle};
    web_t *web = NULL;
    if (setup.log != NULL && web_accounts_open(&from, &setup.accounts, made, error))
        web = web_new(&setup, error);
    if (web == NULL) {
        fprintf(stderr, "web_probe: %s\n", error);
        log_destroy(&setup.log);
        return 2;
    }
    bool silent = argument(count, list, "silent") != NULL;
    if (!silent)
        publish(web, 0); /* before anybody can ask */
    printf("{\"url\":\"%s\",\"made\":\"%s\"}\n", web_url(web), made);
    fflush(stdout);
    serve(web, silent);
    web_destroy(&web);
    if (held != NULL)
        web_answer_now(&held, &(struct web_answer){.status = 200});
    log_destroy(&setup.log);
    return 0;
}
