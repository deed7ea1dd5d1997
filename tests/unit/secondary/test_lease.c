#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/lease.h"

static void test_renewed_or_lost(void **state)
{
    (void)state;
    struct lease lease = {0};
    assert_false(lease_lost(&lease, 1));
    lease_grant(&lease, 5000, 100);
    assert_false(lease_lost(&lease, 5099));
    assert_true(lease_lost(&lease, 5100));
    lease_renew(&lease, 5000);
    assert_false(lease_lost(&lease, 9999));
    lease_drop(&lease);
    assert_false(lease_lost(&lease, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renewed_or_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
