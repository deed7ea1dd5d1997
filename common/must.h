/*
 * must - checks that release keeps, and the marker for results nobody may ignore.
 *
 * must() is for our own bugs only: a broken invariant, a wrong argument from our code. It prints where and
 * aborts. Bad input from a user, a file, a service or the network is never checked with must().
 */
#ifndef FRESHET_MUST_H
#define FRESHET_MUST_H

#define MUST_USE __attribute__((warn_unused_result))

#define must(condition) ((condition) ? (void)0 : must_fail(#condition, __FILE__, __LINE__))

/* Print the broken condition and abort. Any thread. */
__attribute__((noreturn, cold)) void must_fail(const char *condition, const char *file, int line);

#endif
