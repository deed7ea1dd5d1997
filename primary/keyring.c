#include "primary/keyring.h"

#include "common/mem.h"

#include <string.h>
#include <zmq.h>

enum { KEY_TEXT = 41, KEY_BYTES = 32, ZAP_FRAMES = 7 };

struct keyring {
    char server_public[KEY_TEXT], server_secret[KEY_TEXT];
    char client_public[KEY_TEXT], client_secret[KEY_TEXT];
    uint8_t client_bytes[KEY_BYTES]; /* client_public, decoded */
    zsock_t *guard;                  /* owned: answers ZAP; NULL before keyring_protect */
    zloop_t *loop;                   /* borrowed */
    uint64_t refused;
};

keyring_t *keyring_new(void)
{
    keyring_t *self = mem_new(1, sizeof *self);
    if (zmq_curve_keypair(self->server_public, self->server_secret) != 0 ||
        zmq_curve_keypair(self->client_public, self->client_secret) != 0) {
        free(self);
        return NULL;
    }
    must(zmq_z85_decode(self->client_bytes, self->client_public) != NULL);
    return self;
}

void keyring_destroy(keyring_t **self_p)
{
    must(self_p != NULL);
    keyring_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->guard != NULL)
        zloop_reader_end(self->loop, self->guard);
    zsock_destroy(&self->guard);
    explicit_bzero(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

void keyring_greeting(const keyring_t *self, char out[KEYRING_GREETING_MAX])
{
    must(self != NULL && out != NULL);
    int length = snprintf(out, KEYRING_GREETING_MAX, "%s %s %s\n", self->server_public, self->client_public,
                          self->client_secret);
    must(length == 3 * (KEY_TEXT - 1) + 3);
}

/* The question (RFC 27): version, request id, domain, address, identity, mechanism, credentials. */
static bool welcome(const keyring_t *self, zmsg_t *question)
{
    if (zmsg_size(question) != ZAP_FRAMES)
        return false;
    zframe_t *version = zmsg_first(question);
    zframe_t *mechanism = NULL;
    zframe_t *credentials = NULL;
    for (int i = 0; i < ZAP_FRAMES - 1; i++) {
        mechanism = credentials;
        credentials = zmsg_next(question);
    }
    return zframe_streq(version, "1.0") && zframe_streq(mechanism, "CURVE") &&
           zframe_size(credentials) == KEY_BYTES &&
           memcmp(zframe_data(credentials), self->client_bytes, KEY_BYTES) == 0;
}

static int on_question(zloop_t *loop, zsock_t *guard, void *context)
{
    (void)loop;
    keyring_t *self = context;
    zmsg_t *question = zmsg_recv(guard);
    if (question == NULL)
        return 0;
    bool good = welcome(self, question);
    self->refused += !good;
    zframe_t *first = zmsg_first(question);
    zframe_t *id = first != NULL ? zmsg_next(question) : NULL;
    zmsg_t *answer = zmsg_new();
    zmsg_addstr(answer, "1.0");
    zmsg_addmem(answer, id != NULL ? (void *)zframe_data(id) : (void *)"", id != NULL ? zframe_size(id) : 0);
    zmsg_addstr(answer, good ? "200" : "400");
    zmsg_addstr(answer, good ? "welcome" : "not a key of this primary");
    zmsg_addstr(answer, ""); /* user id */
    zmsg_addstr(answer, ""); /* metadata */
    zmsg_destroy(&question);
    if (zmsg_send(&answer, guard) != 0)
        zmsg_destroy(&answer);
    return 0;
}

bool keyring_protect(keyring_t *self, zsock_t *socket, zloop_t *loop)
{
    must(self != NULL && socket != NULL && loop != NULL);
    must(self->guard == NULL);
    self->loop = loop;
    self->guard = zsock_new(ZMQ_REP);
    if (self->guard == NULL || zsock_bind(self->guard, "inproc://zeromq.zap.01") < 0 ||
        zloop_reader(loop, self->guard, on_question, self) != 0) {
        zsock_destroy(&self->guard);
        return false;
    }
    zloop_reader_set_tolerant(loop, self->guard);
    zsock_set_zap_domain(socket, "freshet");
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_secretkey(socket, self->server_secret);
    zsock_set_curve_publickey(socket, self->server_public);
    return true;
}

uint64_t keyring_refused(const keyring_t *self)
{
    must(self != NULL);
    return self->refused;
}
