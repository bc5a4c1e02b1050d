/* Greets: a C program on WASI's C library. */

#include <stdio.h>

int main(int argc, char **argv) {
    /* A line without a format comes first: the boot is measured up to here, and all of printf
       has to be translated before it says a word. */
    puts("hello from C");
    printf("as %s with %d arguments\n", argv[0], argc - 1);
    return 0;
}
