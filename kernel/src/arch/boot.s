// From the first instruction to the first Rust function.
//
// The firmware's stub enters at EL2 on core 0, with the other cores in its spin table; QEMU
// enters an ELF file at EL3 on all cores. Either way core 0 goes to EL1, builds the first
// translation tables, turns on MMU and caches, clears .bss and calls `kernel_main`. Until then
// nothing may use an exclusive access: on real boards they need cacheable memory.
//
// The numbers for descriptors are those of kernel_core::paging, whose tests check them.
//
// Sources: Arm ARM DDI 0487 (registers); Raspberry Pi tools, armstubs (spin table, SMPEN).

.equ PAGE_DATA,     0x0060000000000703
.equ PAGE_CODE,     0x0040000000000783
.equ PAGE_CONST,    0x0060000000000783
.equ BLOCK_DATA,    0x0060000000000701
.equ BLOCK_DEVICE,  0x0060000000000405
.equ TABLE,         3

.equ BLOCK_BYTES,   0x200000
.equ PAGE_BYTES,    0x1000
.equ LINE_BYTES,    64

// On the BCM2837 devices fill the first gibibyte from here on.
.equ BCM2837_PERIPHERALS, 0x3f000000

// Attribute 0 is normal write-back memory, 1 is Device-nGnRE, 2 is normal uncached memory.
.equ MAIR,          0x4404ff
// 36-bit addresses, 4 KiB pages, walks through the caches, nothing in the upper half.
.equ TCR,           0x100803500 + 28
// MMU, caches, stack alignment check, and nothing that is writable can be executed (WXN).
.equ SCTLR_ON,      0x30d8180d
.equ SCTLR_OFF,     0x30d00800

// One core's stacks, each with an unmapped page below it.
.equ EXCEPTION_STACK_BYTES, 0x3000
.equ STACK_BYTES,           0x10000
.equ CORE_STACKS_BYTES,     PAGE_BYTES + EXCEPTION_STACK_BYTES + PAGE_BYTES + STACK_BYTES
.equ CORES,                 4

.section .tables, "aw", %nobits
.balign 4096
.global __table_1
__table_1:      .space PAGE_BYTES       // 1 GiB an entry
.global __table_2
__table_2:      .space PAGE_BYTES       // the first gibibyte, 2 MiB an entry
.global __table_3
__table_3:      .space PAGE_BYTES       // the first 2 MiB, 4 KiB an entry
.global __table_2_high
__table_2_high: .space PAGE_BYTES       // the fourth gibibyte, on boards with RAM there

.section .stacks, "aw", %nobits
.balign 4096
.global __stacks_start
__stacks_start: .space CORES * CORE_STACKS_BYTES

.section .text.boot, "ax"
.global _start
_start:
    mrs     x19, cntpct_el0
    mrs     x20, mpidr_el1
    and     x20, x20, #0xff
    cbnz    x20, hold
    bl      drop_to_el1
    bl      build_tables
    bl      turn_on_mmu
    mrs     x21, cntpct_el0

    adrp    x0, __bss_start
    add     x0, x0, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
    sub     x2, x2, x0
    mov     x1, #0
    bl      memset

    bl      set_stacks
    mov     x0, x19
    mov     x1, x21
    bl      kernel_main

// Another core that came here with core 0 waits in the firmware's manner: until its word of
// the spin table holds an address.
hold:
    mov     x2, #0xd8
    add     x2, x2, x20, lsl #3
1:  wfe
    ldr     x3, [x2]
    cbz     x3, 1b
    br      x3

// Where the spin table sends the other cores.
.global secondary_start
secondary_start:
    mrs     x20, mpidr_el1
    and     x20, x20, #0xff
    bl      drop_to_el1
    bl      turn_on_mmu
    bl      set_stacks
    mov     x0, x20
    bl      secondary_main

// Returns at EL1 with interrupts masked, floating point usable and the MMU off.
drop_to_el1:
    mrs     x9, CurrentEL
    cmp     x9, #(3 << 2)
    b.ne    1f

    mov     x9, #0x5b1                  // SCR_EL3: RW, HCE, SMD, NS
    msr     scr_el3, x9
    msr     cptr_el3, xzr
    mrs     x9, S3_1_C15_C2_1           // CPUECTLR_EL1.SMPEN: take part in coherency
    orr     x9, x9, #(1 << 6)
    msr     S3_1_C15_C2_1, x9
    mov     x9, #0x3c9                  // EL2h, all masked
    msr     spsr_el3, x9
    adr     x9, 1f
    msr     elr_el3, x9
    eret

1:  mrs     x9, CurrentEL
    cmp     x9, #(2 << 2)
    b.ne    2f

    mov     x9, #(1 << 31)              // HCR_EL2.RW: EL1 is AArch64
    msr     hcr_el2, x9
    mov     x9, #3                      // the physical counter and timer belong to EL1
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    mov     x9, #0x33ff                 // floating point does not trap
    msr     cptr_el2, x9
    msr     hstr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    ldr     x9, =SCTLR_OFF
    msr     sctlr_el1, x9
    adr     x9, 2f
    msr     elr_el2, x9
    mov     x9, #0x3c5                  // EL1h, all masked
    msr     spsr_el2, x9
    eret

2:  msr     daifset, #0xf
    mov     x9, #(3 << 20)              // CPACR_EL1.FPEN
    msr     cpacr_el1, x9
    isb
    ret

// The first gibibyte as blocks, its first 2 MiB as pages, and the devices.
build_tables:
    mov     x22, x30
    adrp    x0, __table_1
    adrp    x1, __table_2
    adrp    x2, __table_3

    // Level 1: nothing but the first gibibyte yet.
    mov     x9, #0
1:  str     xzr, [x0, x9]
    add     x9, x9, #8
    cmp     x9, #PAGE_BYTES
    b.ne    1b
    orr     x9, x1, #TABLE
    str     x9, [x0]

    // Level 2: RAM, one to one.
    ldr     x10, =BLOCK_DATA
    mov     x9, #0
2:  str     x10, [x1, x9]
    add     x10, x10, #BLOCK_BYTES
    add     x9, x9, #8
    cmp     x9, #PAGE_BYTES
    b.ne    2b
    orr     x9, x2, #TABLE
    str     x9, [x1]

    // The device window is where the processor's model says.
    ldr     x10, =BLOCK_DEVICE
    mrs     x9, midr_el1
    ubfx    x9, x9, #4, #12
    cmp     x9, #0xd08                  // Cortex-A72: a BCM2711
    b.eq    4f

    mov     x11, #0x40000000            // the BCM2836's local block begins at 1 GiB
    orr     x11, x11, x10
    str     x11, [x0, #8]
    ldr     x11, =BCM2837_PERIPHERALS
    orr     x11, x11, x10
    mov     x9, #((BCM2837_PERIPHERALS / BLOCK_BYTES) * 8)
3:  str     x11, [x1, x9]
    add     x11, x11, #BLOCK_BYTES
    add     x9, x9, #8
    cmp     x9, #PAGE_BYTES
    b.ne    3b
    b       5f

4:  mov     x11, #0xc0000000            // all of the fourth gibibyte, until RAM is known
    orr     x11, x11, x10
    str     x11, [x0, #24]

    // Level 3: what the linker script says of the first 2 MiB.
5:  ldr     x10, =PAGE_DATA
    mov     x9, #0
    adrp    x11, __text_start
    bl      fill_pages
    ldr     x10, =PAGE_CODE
    adrp    x11, __text_end
    bl      fill_pages
    ldr     x10, =PAGE_CONST
    adrp    x11, __rodata_end
    bl      fill_pages
    ldr     x10, =PAGE_DATA
    mov     x11, #BLOCK_BYTES
    bl      fill_pages

    // The pages below the stacks stay unmapped.
    adrp    x11, __stacks_start
    ldr     x14, =CORE_STACKS_BYTES
    mov     x12, #CORES
6:  lsr     x13, x11, #9                // (address / 4096) * 8
    str     xzr, [x2, x13]
    add     x13, x13, #((PAGE_BYTES + EXCEPTION_STACK_BYTES) / 512)
    str     xzr, [x2, x13]
    add     x11, x11, x14
    subs    x12, x12, #1
    b.ne    6b

    // The tables were written past the caches: nothing older may be found in them.
    mov     x9, x0
    add     x10, x0, #(3 * PAGE_BYTES)
7:  dc      ivac, x9
    add     x9, x9, #LINE_BYTES
    cmp     x9, x10
    b.ne    7b
    dsb     sy
    ret     x22

// Writes entries of attributes x10 into table x2 from address x9 up to address x11.
fill_pages:
    cmp     x9, x11
    b.hs    1f
    orr     x12, x9, x10
    lsr     x13, x9, #9
    str     x12, [x2, x13]
    add     x9, x9, #PAGE_BYTES
    b       fill_pages
1:  ret

turn_on_mmu:
    ldr     x9, =MAIR
    msr     mair_el1, x9
    ldr     x9, =TCR
    msr     tcr_el1, x9
    adrp    x9, __table_1
    msr     ttbr0_el1, x9
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     sy
    isb
    ldr     x9, =SCTLR_ON
    msr     sctlr_el1, x9
    isb
    ret

// The kernel runs on SP_EL0, exceptions on SP_EL1: so a stack that overflows can be reported.
set_stacks:
    adrp    x9, __stacks_start
    ldr     x10, =CORE_STACKS_BYTES
    madd    x9, x20, x10, x9
    add     x11, x9, #(PAGE_BYTES + EXCEPTION_STACK_BYTES)
    add     x12, x9, x10
    msr     spsel, #1
    mov     sp, x11
    msr     spsel, #0
    mov     sp, x12
    adrp    x9, vectors
    add     x9, x9, :lo12:vectors
    msr     vbar_el1, x9
    isb
    ret
