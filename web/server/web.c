#include "web/server/web.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "web/server/http.h"
#include "web/server/page.h"
#include "web/server/route.h"

enum { PEM_BYTES_MAX = 256 * 1024 };

struct web {
    login_t *login;
    desk_t *desk;
    shelf_t *shelf;
    live_t *live;
    http_t *http;
    web_handler_fn *handler;
    void *context;
};

/* A whole PEM file as text that the caller owns; NULL with a reason. */
static char *read_pem(const char *option, const char *path, char error[WEB_ERROR_MAX])
{
    FILE *file = fopen(path, "re");
    char *text = mem_new(PEM_BYTES_MAX + 1, 1);
    size_t length = file != NULL ? fread(text, 1, PEM_BYTES_MAX + 1, file) : 0;
    bool good = file != NULL && ferror(file) == 0 && length > 0 && length <= PEM_BYTES_MAX;
    if (file != NULL)
        fclose(file);
    if (good)
        text[length] = '\0';
    if (good && strstr(text, "-----BEGIN ") != NULL)
        return text;
    snprintf(error, WEB_ERROR_MAX, "%s %.300s %s", option, path,
             good ? "is not in PEM form" : "can't be read");
    sodium_memzero(text, PEM_BYTES_MAX);
    free(text);
    return NULL;
}

static bool check(const struct web_setup *setup, const char *base, char error[WEB_ERROR_MAX])
{
    const char *problem = NULL;
    if (!route_base_valid(base))
        problem =
            "--web-base-path must be like /load: letters, digits, . _ - after each slash, none at the end";
    else if ((setup->tls_cert == NULL) != (setup->tls_key == NULL))
        problem = "--tls-cert and --tls-key belong together";
    else if (setup->port > 65535)
        problem = "--web-port is at most 65535";
    else if (setup->accounts.operator.hash[0] == '\0')
        problem = "the dashboard has no account";
    if (problem != NULL)
        snprintf(error, WEB_ERROR_MAX, "%s", problem);
    return problem == NULL;
}

static void free_all(web_t *self)
{
    live_destroy(&self->live);
    shelf_destroy(&self->shelf);
    login_destroy(&self->login);
    if (self->desk != NULL)
        desk_close(self->desk);
    desk_release(&self->desk);
    free(self);
}

static bool start(web_t *self, const struct web_setup *setup, const char *base, char error[WEB_ERROR_MAX])
{
    char *cert = NULL;
    char *key = NULL;
    bool good = true;
    if (setup->tls_cert != NULL) {
        cert = read_pem("--tls-cert", setup->tls_cert, error);
        key = cert != NULL ? read_pem("--tls-key", setup->tls_key, error) : NULL;
        good = key != NULL;
    }
    if (good) {
        struct http_setup http = {.host = setup->host,
                                  .port = setup->port,
                                  .base = base,
                                  .cert_pem = cert,
                                  .key_pem = key,
                                  .metrics_token = setup->metrics_token,
                                  .script_token = setup->script_token,
                                  .script_user = setup->accounts.operator.user,
                                  .log = setup->log,
                                  .login = self->login,
                                  .desk = self->desk,
                                  .shelf = self->shelf,
                                  .live = self->live};
        self->http = http_new(&http, error);
    }
    if (key != NULL)
        sodium_memzero(key, strlen(key));
    free(cert);
    free(key);
    return self->http != NULL;
}

web_t *web_new(const struct web_setup *setup, char error[WEB_ERROR_MAX])
{
    must(setup != NULL && error != NULL);
    must(setup->host != NULL && setup->log != NULL && setup->handler != NULL);
    const char *base = setup->base_path != NULL ? setup->base_path : "";
    if (!check(setup, base, error))
        return NULL;
    if (sodium_init() < 0) {
        snprintf(error, WEB_ERROR_MAX, "libsodium can't start");
        return NULL;
    }
    web_t *self = mem_new(1, sizeof *self);
    self->handler = setup->handler;
    self->context = setup->context;
    self->login = login_new(&setup->accounts, setup->log);
    self->desk = desk_new();
    self->shelf = shelf_new();
    self->live = live_new();
    if (start(self, setup, base, error))
        return self;
    free_all(self);
    return NULL;
}

void web_destroy(web_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    web_t *self = *self_p;
    *self_p = NULL;
    /* nothing may sleep when the server stops */
    login_close(self->login);
    desk_close(self->desk);
    live_close(self->live);
    http_destroy(&self->http);
    free_all(self);
}

unsigned web_port(const web_t *self)
{
    must(self != NULL);
    return http_port(self->http);
}

const char *web_url(const web_t *self)
{
    must(self != NULL);
    return http_url(self->http);
}

void web_publish(web_t *self, enum web_doc doc, const void *bytes, size_t length)
{
    must(self != NULL && doc < WEB_DOC_COUNT_);
    must(bytes != NULL || length == 0);
    shelf_put(self->shelf, doc, document_new(bytes, length));
    shelf_forget(self->shelf);
    if (doc == WEB_DOC_RUN)
        live_publish(self->live, bytes, length);
}

int web_fd(const web_t *self)
{
    must(self != NULL);
    return desk_fd(self->desk);
}

void web_pump(web_t *self)
{
    must(self != NULL);
    desk_pump(self->desk, self->handler, self->context);
}

const char *web_value(const struct web_question *question, const char *name)
{
    must(question != NULL);
    return form_search(question->parameters, question->parameter_count, name);
}

void web_answer_bytes(struct web_answer *answer, unsigned status, const char *type, const void *bytes,
                      size_t length)
{
    must(answer != NULL && answer->body == NULL);
    must(bytes != NULL || length == 0);
    answer->status = status;
    answer->type = type;
    answer->body = mem_new(length + 1, 1);
    if (length > 0)
        memcpy(answer->body, bytes, length);
    answer->body_length = length;
}

void web_answer_error(struct web_answer *answer, unsigned status, const char *code, const char *message)
{
    must(answer != NULL && answer->body == NULL);
    must(code != NULL && message != NULL);
    answer->status = status;
    answer->type = NULL;
    answer->body = page_error_json(code, message, &answer->body_length);
}
