#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/common/fake_lua.h"

#include <jansson.h>
#include <luajit.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every name that KDG's help page, its faker.js and the README of Faker.js 4.1 document, with the form of
 * what it gives. A form is a POSIX expression for the whole value. `kinds` is how many different values 300
 * draws must give at least.
 */
struct form {
    const char *name, *arguments, *expression;
    int kinds;
};

#define WORD            "[A-Z][a-z]+"
#define NAME            "[A-Z][a-z]+"
#define DIGITS2         "[0-9]{2}"
#define ISO             "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z"
#define PREFIX          "(Mr\\.|Mrs\\.|Ms\\.|Miss|Dr\\.)"
#define SUFFIX          "(Jr\\.|Sr\\.|I|II|III|IV|V|MD|DDS|PhD|DVM)"
#define LOGIN           NAME "([0-9]{1,2}|[._]" NAME "([0-9]{1,2})?)"
#define STREET          NAME " " WORD
#define SENTENCE(words) WORD "( [a-z]+){" words "}\\."
#define URL(category)   "http://images\\.example\\.com/640/480" category
#define MONEY           "[0-9]{1,4}\\.[0-9]{2}"
#define PHRASE          "[A-Za-z0-9-]+( [A-Za-z0-9-]+)*"

static const struct form forms[] = {
    {"address.zipCode", "", "[0-9]{5}(-[0-9]{4})?", 290},
    {"address.zipCode", "'?##-?#?!'", "[A-Z][0-9]{2}-[A-Z][0-9][A-Z]!", 290},
    {"address.city", "", "([A-Z][a-z]+ )?[A-Z][a-z]+", 200},
    {"address.city", "1", "[A-Z][a-z]+ " NAME, 100},
    {"address.cityPrefix", "", WORD, 5},
    {"address.citySuffix", "", "[a-z]+", 15},
    {"address.streetName", "", STREET, 200},
    {"address.streetAddress", "", "[0-9]{3,5} " STREET, 295},
    {"address.streetAddress", "true", "[0-9]{3,5} " STREET " (Apt\\.|Suite) [0-9]{3}", 295},
    {"address.streetSuffix", "", WORD, 20},
    {"address.streetPrefix", "", WORD, 5},
    {"address.secondaryAddress", "", "(Apt\\.|Suite) [0-9]{3}", 200},
    {"address.county", "", WORD, 30},
    {"address.country", "", WORD "( " WORD ")*", 60},
    {"address.countryCode", "", "[A-Z]{2}", 60},
    {"address.state", "", WORD "( " WORD ")?", 45},
    {"address.state", "true", "[A-Z]{2}", 45},
    {"address.stateAbbr", "", "[A-Z]{2}", 45},
    {"address.latitude", "", "-?[0-9]{1,2}\\.[0-9]{4}", 295},
    {"address.longitude", "", "-?[0-9]{1,3}\\.[0-9]{4}", 295},
    {"address.nearbyGPSCoordinate", "", "-?[0-9]{1,2}\\.[0-9]{4},-?[0-9]{1,3}\\.[0-9]{4}", 295},
    {"commerce.color", "", "[a-z]+( [a-z]+)?", 40},
    {"commerce.department", "", WORD, 30},
    {"commerce.productName", "", WORD " " WORD " " WORD, 280},
    {"commerce.price", "", MONEY, 280},
    {"commerce.price", "5, 6, 3, '$'", "\\$(5\\.[0-9]{3}|6\\.000)", 200},
    {"commerce.price", "7, 9, 0", "[789]", 3},
    {"commerce.productAdjective", "", WORD, 30},
    {"commerce.productMaterial", "", WORD, 25},
    {"commerce.product", "", WORD, 40},
    {"company.suffixes", "", "Inc,and Sons,LLC,Group", 1},
    {"company.companyName", "", NAME "( (Inc|and Sons|LLC|Group)| - " NAME "|, " NAME " and " NAME ")", 280},
    {"company.companyName", "0", NAME " (Inc|and Sons|LLC|Group)", 150},
    {"company.companyName", "1", NAME " - " NAME, 280},
    {"company.companyName", "2", NAME ", " NAME " and " NAME, 290},
    {"company.companySuffix", "", "(Inc|and Sons|LLC|Group)", 4},
    {"company.catchPhrase", "", "[A-Z][A-Za-z-]+ " PHRASE " " PHRASE, 295},
    {"company.bs", "", "[a-z-]+ [a-z-]+ [a-z]+( [a-z]+)?", 295},
    {"company.catchPhraseAdjective", "", "[A-Z][a-z-]+", 40},
    {"company.catchPhraseDescriptor", "", "[a-z-]+( year)?", 40},
    {"company.catchPhraseNoun", "", "[a-z]+( [a-z]+)?", 40},
    {"company.bsAdjective", "", "[a-z-]+", 40},
    {"company.bsBuzz", "", "[a-z-]+", 40},
    {"company.bsNoun", "", "[a-z]+( [a-z]+)?", 40},
    {"current.timestamp", "", "2024-02-28T23:59:59\\+00:00", 1},
    {"database.column", "", "[a-z]+([A-Z][a-z]+)?", 15},
    {"database.type", "", "[a-z]+", 15},
    {"database.collation", "", "[a-z0-9]+(_[a-z0-9]+)*_(bin|ci)", 8},
    {"database.engine", "", "[A-Za-z]+", 5},
    {"date.past", "", ISO, 300},
    {"date.past", "5, '2001-01-01'", "(199[6-9]|2000)-.*Z", 300},
    {"date.future", "", ISO, 300},
    {"date.between", "'2020-02-01', '2020-02-29T23:59:59.999Z'", "2020-02-" DIGITS2 "T.*Z", 300},
    {"date.recent", "", "2024-02-2[78]T.*Z", 300},
    {"date.month", "",
     "(January|February|March|April|May|June|July|August|September|October|November|December)", 12},
    {"date.month", "{abbr = true}", "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", 12},
    {"date.weekday", "", "(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)", 7},
    {"date.weekday", "{abbr = true, context = true}", "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)", 7},
    {"date.now", "", "2024-02-28T23:59:59\\+00:00", 1},
    {"date.now", "'x'", "1709164799999", 1},
    {"date.utc", "", "2024-02-28T23:59:59Z", 1},
    {"date.simTime", "'X'", "1709164799", 1},
    {"finance.account", "", "[0-9]{8}", 300},
    {"finance.account", "13", "[0-9]{13}", 300},
    {"finance.accountName", "", WORD "( " WORD ")* Account", 10},
    {"finance.mask", "", "[0-9]{4}", 270},
    {"finance.mask", "3, true, true", "\\(\\.\\.\\.[0-9]{3}\\)", 200},
    {"finance.amount", "", MONEY, 280},
    {"finance.amount", "-2, -1, 1", "-(2\\.0|1\\.[0-9])", 11},
    {"finance.amount", "1, 9, 2, '\xe2\x82\xac'", "\xe2\x82\xac[1-9]\\.[0-9]{2}", 150},
    {"finance.transactionType", "", "(deposit|invoice|payment|refund|transfer|withdrawal)", 6},
    {"finance.currencyCode", "", "[A-Z]{3}", 30},
    {"finance.currencyName", "", "[A-Z][A-Za-z]+( [A-Z][a-z]+)*", 30},
    {"finance.currencySymbol", "", "[^ ]{1,7}", 15},
    {"finance.bitcoinAddress", "", "[13][1-9A-HJ-NP-Za-km-z]{26,33}", 300},
    {"finance.iban", "", "[A-Z]{2}[0-9]{2}[0-9A-Z]{11,24}", 300},
    {"finance.iban", "true", "[A-Z]{2}[0-9]{2}( [0-9A-Z]{4}){2,6}( [0-9A-Z]{1,4})?", 300},
    {"finance.bic", "", "[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?", 300},
    {"hacker.abbreviation", "", "[A-Z][A-Za-z0-9-]{2,4}", 35},
    {"hacker.adjective", "", "[a-z-]+", 30},
    {"hacker.noun", "", "[a-z]+", 35},
    {"hacker.verb", "", "[a-z]+", 35},
    {"hacker.ingverb", "", "[a-z]+ing", 30},
    {"hacker.phrase", "", "[A-Za-z].*[!?]", 295},
    {"helpers.randomize", "{'x', 'y'}", "[xy]", 2},
    {"helpers.slugify", "'Tea & two cups.'", "Tea--two-cups\\.", 1},
    {"helpers.replaceSymbolWithNumber", "'#-?-##'", "[0-9]-\\?-[0-9]{2}", 250},
    {"helpers.replaceSymbolWithNumber", "'!-#', '!'", "[0-9]-#", 10},
    {"helpers.replaceSymbols", "'?-#?'", "[A-Z]-[0-9][A-Z]", 270},
    {"helpers.shuffle", "{1, 2, 3}", "(1,2,3|1,3,2|2,1,3|2,3,1|3,1,2|3,2,1)", 6},
    {"helpers.mustache", "'I am {{name}}, {{age}}{{no}}', {name = 'Ada', age = 36}",
     "I am Ada, 36\\{\\{no\\}\\}", 1},
    {"helpers.createCard", "", "\\{.*\\}", 300},
    {"helpers.contextualCard", "", "\\{.*\\}", 300},
    {"helpers.userCard", "", "\\{.*\\}", 300},
    {"helpers.createTransaction", "", "\\{.*\\}", 300},
    {"image.image", "", URL("/[a-z]+"), 13},
    {"image.avatar", "", "https://avatars\\.example\\.com/[0-9]{3}/128\\.jpg", 200},
    {"image.imageUrl", "", URL(""), 1},
    {"image.imageUrl", "3, 4, 'cats', true, true", "https://images\\.example\\.com/3/4/cats\\?[0-9]{1,5}",
     290},
    {"image.abstract", "", URL("/abstract"), 1},
    {"image.animals", "", URL("/animals"), 1},
    {"image.business", "", URL("/business"), 1},
    {"image.cats", "100, 200", "http://images\\.example\\.com/100/200/cats", 1},
    {"image.city", "", URL("/city"), 1},
    {"image.food", "", URL("/food"), 1},
    {"image.nightlife", "", URL("/nightlife"), 1},
    {"image.fashion", "", URL("/fashion"), 1},
    {"image.people", "", URL("/people"), 1},
    {"image.nature", "", URL("/nature"), 1},
    {"image.sports", "", URL("/sports"), 1},
    {"image.technics", "", URL("/technics"), 1},
    {"image.transport", "", URL("/transport"), 1},
    {"image.dataUri", "20, 10", "data:image/svg\\+xml;charset=UTF-8,(%[0-9A-F]{2}|[A-Za-z0-9._~!*'()-])+", 1},
    {"internet.avatar", "", "https://avatars\\.example\\.com/[0-9]{3}/128\\.jpg", 200},
    {"internet.email", "", LOGIN "@[a-z]+\\.example", 280},
    {"internet.email", "\"Zo\xc3\xab Ann\", \"O'Hara\", 'a.test'",
     "ZoAnn([0-9]{1,2}|[._]OHara([0-9]{1,2})?)@a\\.test", 50},
    {"internet.exampleEmail", "", LOGIN "@example\\.(com|net|org)", 280},
    {"internet.userName", "", LOGIN, 280},
    {"internet.userName", "'Jo An'", "JoAn([0-9]{1,2}|[._]" NAME "([0-9]{1,2})?)", 150},
    {"internet.protocol", "", "https?", 2},
    {"internet.url", "", "https?://[a-z]+\\.(com|biz|info|name|net|org)", 200},
    {"internet.domainName", "", "[a-z]+\\.(com|biz|info|name|net|org)", 180},
    {"internet.domainSuffix", "", "(com|biz|info|name|net|org)", 6},
    {"internet.domainWord", "", "[a-z]+", 80},
    {"internet.ip", "", "(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}", 300},
    {"internet.ipv6", "", "[0-9a-f]{4}(:[0-9a-f]{4}){7}", 300},
    {"internet.userAgent", "", "Mozilla/5\\.0 \\([^()]+\\) .*(Chrome|Firefox|Safari)/[0-9.]+( .*)?", 200},
    {"internet.color", "", "#[0-7][0-9a-f][0-7][0-9a-f][0-7][0-9a-f]", 295},
    {"internet.color", "255, 255, 255", "#[7-9a-f][0-9a-f][7-9a-f][0-9a-f][7-9a-f][0-9a-f]", 295},
    {"internet.mac", "", "[0-9a-f]{2}(:[0-9a-f]{2}){5}", 300},
    {"internet.password", "", "[0-9A-Za-z_]{15}", 300},
    {"internet.password", "6, true", "([b-df-hj-np-tv-z][aeiou]){3}", 295},
    {"internet.password", "7, true, nil, 'B'", "B([aeiou][b-df-hj-np-tv-z]){3}", 295},
    {"internet.password", "9, false, '[A-C0-9]', 'Z-'", "Z-[A-C0-9]{7}", 300},
    {"internet.password", "8, false, '[^\\\\w!-/]'", "[]:-@^`{-~[\\]{8}", 300},
    {"internet.session", "", "[1-9][0-9]{15}", 300},
    {"lorem.word", "", "[a-z]+", 80},
    {"lorem.words", "", "[a-z]+( [a-z]+){2}", 295},
    {"lorem.words", "5", "[a-z]+( [a-z]+){4}", 300},
    {"lorem.sentence", "", SENTENCE("2,9"), 295},
    {"lorem.sentence", "4", SENTENCE("3"), 295},
    {"lorem.slug", "", "[a-z]+(-[a-z]+){2}", 295},
    {"lorem.sentences", "", SENTENCE("2,9") "( " SENTENCE("2,9") "){1,5}", 300},
    {"lorem.sentences", "2, '|'", SENTENCE("2,9") "\\|" SENTENCE("2,9"), 300},
    {"lorem.paragraph", "", SENTENCE("2,9") "( " SENTENCE("2,9") "){2,5}", 300},
    {"lorem.paragraphs", "", "[A-Za-z. ]+(\n \r[A-Za-z. ]+){2}", 300},
    {"lorem.paragraphs", "2, '/'", "[A-Za-z. ]+/[A-Za-z. ]+", 300},
    {"lorem.text", "", "[A-Za-z. \n\r]+", 250},
    {"lorem.lines", "", SENTENCE("2,9") "(\n" SENTENCE("2,9") "){0,4}", 295},
    {"name.firstName", "", NAME, 80},
    {"name.firstName", "0", NAME, 40},
    {"name.lastName", "", NAME, 60},
    {"name.findName", "", "(" PREFIX " )?" NAME " " NAME "( " SUFFIX ")?", 290},
    {"name.findName", "'Ada', 'Byron'", "(" PREFIX " )?Ada Byron( " SUFFIX ")?", 8},
    {"name.jobTitle", "", WORD " " WORD " " WORD, 285},
    {"name.prefix", "", PREFIX, 5},
    {"name.prefix", "0", "(Mr\\.|Dr\\.)", 2},
    {"name.prefix", "1", "(Mrs\\.|Ms\\.|Miss|Dr\\.)", 4},
    {"name.suffix", "", SUFFIX, 11},
    {"name.title", "", WORD " " WORD " " WORD, 285},
    {"name.jobDescriptor", "", WORD, 15},
    {"name.jobArea", "", WORD, 25},
    {"name.jobType", "", WORD, 25},
    {"phone.phoneNumber", "", "(1-)?\\(?[0-9]{3}[-.)] ?[0-9]{3}[-.][0-9]{4}( x[0-9]{3,5})?", 300},
    {"phone.phoneNumber", "'+49 ### ######'", "\\+49 [0-9]{3} [0-9]{6}", 300},
    {"phone.phoneNumberFormat", "", "[0-9]{3}-[0-9]{3}-[0-9]{4}", 300},
    {"phone.phoneNumberFormat", "5", "\\([0-9]{3}\\) [0-9]{3}-[0-9]{4} x[0-9]{3}", 300},
    {"phone.phoneFormats", "", "(1-)?\\(?###[-.)] ?###[-.]####( x#{3,5})?", 16},
    {"random.number", "", "[0-9]{1,5}", 290},
    {"random.number", "0", "0", 1},
    {"random.number", "1", "[01]", 2},
    {"random.number", "{min = 10, max = 150}", "1[0-4][0-9]|150|[1-9][0-9]", 100},
    {"random.number", "{max = 1, precision = 0.25}", "(0|0\\.25|0\\.5|0\\.75|1)", 5},
    {"random.number", "{min = 0.05, max = 0.3, precision = 0.1}", "(0\\.1|0\\.2|0\\.3)", 3},
    {"random.number", "{min = -3, max = -1}", "-[123]", 3},
    {"random.number", "{min = 1, max = 99, precision = 30}", "(30|60|90)", 3},
    {"random.arrayElement", "", "[abc]", 3},
    {"random.arrayElement", "{'OK', 'FAIL', 'WARN'}", "(OK|FAIL|WARN)", 3},
    {"random.arrayElement", "{1, true, 'x', {2, 'y'}, {b = 1, a = 'z'}}",
     "(1|true|x|\\[\"y\",2\\]|\\{\"a\":\"z\",\"b\":1\\})", 5},
    {"random.weightedArrayElement", "", "(dog|cat)", 2},
    {"random.weightedArrayElement", "{weights = {0.3, 0.2, 0.5}, data = {'cat', 'fish', 'dog'}}",
     "(cat|fish|dog)", 3},
    {"random.objectElement", "", "(bar|car)", 2},
    {"random.objectElement", "{a = 1, b = 2}", "[12]", 2},
    {"random.objectElement", "{a = 1, b = 2}, 'key'", "[ab]", 2},
    {"random.uuid", "", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", 300},
    {"random.boolean", "", "(true|false)", 2},
    {"random.word", "", PHRASE, 200},
    {"random.words", "", PHRASE, 280},
    {"random.words", "4", PHRASE, 300},
    {"random.image", "", URL("/[a-z]+"), 13},
    {"random.locale", "", "[a-z]{2}(_[A-Z]{2,3})?", 25},
    {"random.alphaNumeric", "", "[0-9a-z]", 36},
    {"random.alphaNumeric", "12", "[0-9a-z]{12}", 300},
    {"system.fileName", "", "[a-z0-9_]+\\.[a-z0-9]+", 290},
    {"system.commonFileName", "", "[a-z0-9_]+\\.(pdf|mp3|wav|png|jpg|gif|mp4|mpeg|html)", 290},
    {"system.commonFileName", "'csv'", "[a-z0-9_]+\\.csv", 280},
    {"system.mimeType", "", "[a-z]+/[a-z0-9.+-]+", 20},
    {"system.commonFileType", "", "(video|audio|image|text|application)", 5},
    {"system.commonFileExt", "", "(pdf|mp3|wav|png|jpg|gif|mp4|mpeg|html)", 9},
    {"system.fileType", "", "(application|audio|font|image|text|video)", 6},
    {"system.fileExt", "", "[a-z0-9]+", 25},
    {"system.fileExt", "'image/jpeg'", "jpe?g", 2},
    {"system.directoryPath", "", "(/[a-z.]+)+", 20},
    {"system.filePath", "", "(/[a-z.]+)+/[a-z0-9_]+\\.[a-z0-9]+", 290},
    {"system.semver", "", "[0-9]\\.[0-9]\\.[0-9]", 200},
};
enum { FORMS = sizeof forms / sizeof forms[0], DRAWS = 300 };

/* Few values of many functions: compiling them would take longest, by far under valgrind. The other tests do
 * compile. */
static void open_interpreted(struct fake *fake, uint64_t seed)
{
    fake_open(fake, seed);
    luaJIT_setmode(fake->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t one, other;
    memcpy(&one, a, sizeof one);
    memcpy(&other, b, sizeof other);
    return (one > other) - (one < other);
}

static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return value;
}

static bool is_json_number(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    bool number = json_is_number(value);
    json_decref(value);
    return number;
}

/* The last value drawn, which is `text`, is what the kind promises. A symbol makes text of a price, and so
 * on: only values without arguments are looked at. */
static void check_kind(struct fake *fake, const struct form *form, const char *text)
{
    const char *kind = lua_tostring(fake->lua, 3);
    int type = lua_type(fake->lua, 4);
    if (strcmp(kind, "number") == 0)
        assert_true(is_json_number(text));
    else if (strcmp(kind, "boolean") == 0)
        assert_int_equal(type, LUA_TBOOLEAN);
    else if (strcmp(kind, "object") == 0)
        assert_int_equal(type, LUA_TTABLE);
    else if (strcmp(kind, "string") == 0)
        assert_int_equal(type, LUA_TSTRING);
    else if (strcmp(kind, "any") != 0)
        fail_msg("%s(%s) is of the kind %s", form->name, form->arguments, kind);
}

static void check_form(struct fake *fake, const struct form *form)
{
    char expression[512], error[128];
    regex_t compiled;
    uint64_t hashes[DRAWS];
    snprintf(expression, sizeof expression, "^(%s)$", form->expression);
    int code = regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        regerror(code, &compiled, error, sizeof error);
        fail_msg("%s: %s", expression, error);
    }
    fake_must_bind(fake, form->name, form->arguments);
    for (int draw = 0; draw < DRAWS; draw++) {
        const char *text = fake_text(fake);
        if (regexec(&compiled, text, 0, NULL, 0) != 0)
            fail_msg("%s(%s) gave \"%s\"", form->name, form->arguments, text);
        if (form->arguments[0] == '\0')
            check_kind(fake, form, text);
        hashes[draw] = hash(text);
    }
    regfree(&compiled);
    qsort(hashes, DRAWS, sizeof hashes[0], compare_hashes);
    int kinds = 1;
    for (int draw = 1; draw < DRAWS; draw++)
        kinds += hashes[draw] != hashes[draw - 1];
    if (kinds < form->kinds || (form->kinds == 1 && kinds != 1))
        fail_msg("%s(%s) gave %d different values, not %d", form->name, form->arguments, kinds, form->kinds);
}

static void test_every_function_gives_the_documented_form(void **state)
{
    (void)state;
    struct fake fake;
    open_interpreted(&fake, 7);
    for (size_t i = 0; i < FORMS; i++)
        check_form(&fake, &forms[i]);
    fake_close(&fake);
}

static bool in_table_of_forms(const char *name)
{
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(forms[i].name, name) == 0)
            return true;
    return false;
}

/* fake_must_bind has found every name of the table of forms; here is the other direction. */
static void test_there_are_no_other_functions_and_each_tells_what_it_does(void **state)
{
    (void)state;
    struct fake fake;
    open_interpreted(&fake, 7);
    for (lua_pushnil(fake.lua); lua_next(fake.lua, 1) != 0; lua_settop(fake.lua, 2)) {
        const char *name = lua_tostring(fake.lua, 2);
        if (!in_table_of_forms(name))
            fail_msg("%s is not in the table of forms", name);
        lua_getfield(fake.lua, 3, "help");
        lua_getfield(fake.lua, 3, "args");
        const char *help = lua_tostring(fake.lua, 4), *arguments = lua_tostring(fake.lua, 5);
        assert_true(strlen(help) > 3 && strlen(help) < 120);
        if (help[0] < 'A' || help[0] > 'Z' || arguments[0] == '(')
            fail_msg("%s(%s): %s", name, arguments, help);
    }
    fake_close(&fake);
}

static void check_members(json_t *object, const char *members)
{
    char list[256];
    size_t count = 0;
    snprintf(list, sizeof list, "%s", members);
    for (char *rest = list, *name; (name = strsep(&rest, " ")) != NULL; count++)
        if (json_object_get(object, name) == NULL)
            fail_msg("no %s", name);
    assert_int_equal(json_object_size(object), count);
}

static json_t *card(struct fake *fake, const char *name, const char *members)
{
    fake_must_bind(fake, name, "");
    assert_string_equal(lua_tostring(fake->lua, 3), "object");
    json_error_t error;
    json_t *read = NULL;
    for (int draw = 0; draw < 100; draw++) { /* the last one is given */
        json_decref(read);
        read = json_loads(fake_text(fake), JSON_REJECT_DUPLICATES, &error);
        if (read == NULL)
            fail_msg("%s: %s", name, error.text);
        check_members(read, members);
    }
    return read;
}

/* The members are those of Faker.js's cards. */
static void test_cards_are_json_objects(void **state)
{
    (void)state;
    struct fake fake;
    open_interpreted(&fake, 11);
    json_t *user = card(&fake, "helpers.userCard", "name username email address phone website company");
    check_members(json_object_get(user, "address"), "street suite city zipcode geo");
    check_members(json_object_get(user, "company"), "name catchPhrase bs");
    json_t *full = card(&fake, "helpers.createCard",
                        "name username email address phone website company posts accountHistory");
    check_members(json_object_get(full, "address"),
                  "streetA streetB streetC streetD city state country zipcode geo");
    assert_int_equal(json_array_size(json_object_get(full, "posts")), 3);
    check_members(json_array_get(json_object_get(full, "posts"), 2), "words sentence sentences paragraph");
    check_members(json_array_get(json_object_get(full, "accountHistory"), 2),
                  "amount date business name type account");
    json_t *of_name =
        card(&fake, "helpers.contextualCard", "name username avatar email dob phone address website company");
    const char *name = json_string_value(json_object_get(of_name, "name"));
    const char *login = json_string_value(json_object_get(of_name, "username"));
    assert_memory_equal(login, name, strlen(name));
    assert_memory_equal(json_string_value(json_object_get(of_name, "email")), login, strlen(login));
    json_decref(card(&fake, "helpers.createTransaction", "amount date business name type account"));
    json_decref(user);
    json_decref(full);
    json_decref(of_name);
    fake_close(&fake);
}

/* ISO 13616: the first four characters moved to the end, letters as 10 .. 35, the remainder by 97 is 1.
 * Lengths from the registry of IBANs. */
static void test_ibans_have_their_country_s_length_and_valid_check_digits(void **state)
{
    (void)state;
    static const char lengths[] =
        "AT20 BE16 CH21 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 HR21 HU28 IE22 IT27 LT20 LU20 "
        "NL18 NO15 PL28 PT25 SE24 SI19 SK24";
    struct fake fake;
    open_interpreted(&fake, 13);
    fake_must_bind(&fake, "finance.iban", "");
    for (int draw = 0; draw < 2000; draw++) {
        const char *iban = fake_text(&fake);
        size_t length = strlen(iban);
        char country[3] = {iban[0], iban[1], '\0'};
        const char *known = strstr(lengths, country);
        assert_non_null(known);
        assert_int_equal(strtoul(known + 2, NULL, 10), length);
        unsigned remainder = 0;
        for (size_t i = 0; i < length; i++) {
            char c = iban[(i + 4) % length];
            unsigned value = c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
        }
        assert_int_equal(remainder, 1);
    }
    fake_close(&fake);
}

/* Two interpreters: their tables hash differently, and that must not show. */
static void test_the_same_seed_gives_the_same_values(void **state)
{
    (void)state;
    struct fake one, same, other;
    open_interpreted(&one, 99);
    open_interpreted(&same, 99);
    open_interpreted(&other, 100);
    size_t different = 0;
    for (size_t i = 0; i < FORMS; i++) {
        fake_must_bind(&one, forms[i].name, forms[i].arguments);
        fake_must_bind(&same, forms[i].name, forms[i].arguments);
        fake_must_bind(&other, forms[i].name, forms[i].arguments);
        for (int draw = 0; draw < 10; draw++) {
            const char *text = fake_text(&one);
            assert_string_equal(text, fake_text(&same));
            different += strcmp(text, fake_text(&other)) != 0;
        }
    }
    assert_true(different > FORMS * 10 / 2);
    fake_close(&one);
    fake_close(&same);
    fake_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_function_gives_the_documented_form),
        cmocka_unit_test(test_there_are_no_other_functions_and_each_tells_what_it_does),
        cmocka_unit_test(test_cards_are_json_objects),
        cmocka_unit_test(test_ibans_have_their_country_s_length_and_valid_check_digits),
        cmocka_unit_test(test_the_same_seed_gives_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
