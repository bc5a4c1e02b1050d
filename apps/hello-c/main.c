/* Greets: a C program on WASI's C library. */

#include <stdio.h>

int main(int argc, char **argv) {
    printf("hello from C, as %s with %d arguments\n", argv[0], argc - 1);
    return 0;
}
