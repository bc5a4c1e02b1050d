// Exception vectors (Arm ARM DDI 0487, D1.10.2). The kernel runs at EL1 on SP_EL0, so its own
// exceptions arrive in the first four, on SP_EL1; all others mean that a handler failed.

// Leaves x0 to x30, SP_EL0, ELR, SPSR, ESR and FAR on the stack, in that order, for
// arch::exceptions::Frame.
.equ FRAME_BYTES, 36 * 8

.macro FATAL
    .balign 0x80
    sub     sp, sp, #FRAME_BYTES
    stp     x0, x1, [sp]
    b       fatal
.endm

.section .text.vectors, "ax"
.balign 0x800
.global vectors
vectors:
    FATAL                               // current EL, SP_EL0: synchronous
    .balign 0x80
    b       interrupt                   // IRQ
    FATAL                               // FIQ
    FATAL                               // system error
    .rept 12                            // current EL with SP_EL1, then lower ELs
    FATAL
    .endr

fatal:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x0, sp_el0
    stp     x30, x0, [sp, #240]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    stp     x0, x1, [sp, #256]
    mrs     x0, esr_el1
    mrs     x1, far_el1
    stp     x0, x1, [sp, #272]
    mov     x0, sp
    bl      crash_by_exception

// Saves what a Rust function may change. Of q8 to q15 it keeps only the lower halves (AAPCS64
// §6.1.2), so all of them are saved.
.equ INTERRUPT_BYTES, 22 * 8 + 32 * 16

interrupt:
    sub     sp, sp, #INTERRUPT_BYTES
    stp     x0, x1, [sp]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    mrs     x0, fpsr
    mrs     x1, fpcr
    stp     x0, x1, [sp, #160]
    stp     q0, q1, [sp, #176]
    stp     q2, q3, [sp, #208]
    stp     q4, q5, [sp, #240]
    stp     q6, q7, [sp, #272]
    stp     q8, q9, [sp, #304]
    stp     q10, q11, [sp, #336]
    stp     q12, q13, [sp, #368]
    stp     q14, q15, [sp, #400]
    stp     q16, q17, [sp, #432]
    stp     q18, q19, [sp, #464]
    stp     q20, q21, [sp, #496]
    stp     q22, q23, [sp, #528]
    stp     q24, q25, [sp, #560]
    stp     q26, q27, [sp, #592]
    stp     q28, q29, [sp, #624]
    stp     q30, q31, [sp, #656]

    bl      handle_interrupt

    ldp     q30, q31, [sp, #656]
    ldp     q28, q29, [sp, #624]
    ldp     q26, q27, [sp, #592]
    ldp     q24, q25, [sp, #560]
    ldp     q22, q23, [sp, #528]
    ldp     q20, q21, [sp, #496]
    ldp     q18, q19, [sp, #464]
    ldp     q16, q17, [sp, #432]
    ldp     q14, q15, [sp, #400]
    ldp     q12, q13, [sp, #368]
    ldp     q10, q11, [sp, #336]
    ldp     q8, q9, [sp, #304]
    ldp     q6, q7, [sp, #272]
    ldp     q4, q5, [sp, #240]
    ldp     q2, q3, [sp, #208]
    ldp     q0, q1, [sp, #176]
    ldp     x0, x1, [sp, #160]
    msr     fpsr, x0
    msr     fpcr, x1
    ldp     x18, x30, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp]
    add     sp, sp, #INTERRUPT_BYTES
    eret
