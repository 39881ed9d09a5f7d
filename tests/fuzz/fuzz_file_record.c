/* Records: what is read is exactly what would be written, and its names are safe. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "transports/file/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Of its own length, so that a sanitizer sees what is read behind it. */
    char *text = malloc(size > 0 ? size : 1), again[RECORD_MAX], name[NAME_SIZE];
    struct record r;
    uint64_t number;

    require(text != NULL);
    memcpy(text, data, size);
    if (record_parse(&r, text, size)) {
        require(record_print(&r, again) == size && memcmp(again, text, size) == 0);
        require(strchr(r.file, '/') == NULL && r.file[0] != '.' && r.file[0] != '-' && name_is_request(r.file));
        record_name(r.from, r.number, name);
        require(record_number(r.from, name, &number) && number == r.number);
    }
    free(text);
    return 0;
}
