/*
 * document - values for JSON documents, on jansson: nothing here fails on what the network brought.
 *
 * Pure. Every function returns a new reference that the caller gives away with document_put or
 * document_append.
 */
#ifndef FRESHET_DOCUMENT_H
#define FRESHET_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Text that may not be UTF-8: then what is not ASCII is shown as '?'. NULL gives null. */
json_t *document_text(const char *value);

/* A whole number; what JSON's readers can't hold is the largest they can. */
json_t *document_number(uint64_t value);

/* A real number; null when it is none. */
json_t *document_real(double value);

/* Wall milliseconds as RFC 3339; null for 0. */
json_t *document_time(int64_t wall_ms);

void document_put(json_t *object, const char *key, json_t *value);
void document_append(json_t *array, json_t *value);

/* The document as compact text, which the caller frees; the reference is taken. */
char *document_dump(json_t *document, size_t *length_out);

#endif
