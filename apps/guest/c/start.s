# Where a spawned thread begins: with no stack and no thread-locals of its own yet, so this cannot
# be C. Its argument is the `struct __pthread` of threads.c.
	.globaltype	__stack_pointer, i32
	.functype	__wasm_init_tls (i32) -> ()
	.functype	bramble_thread_main (i32) -> ()

	.section	.text.wasi_thread_start,"",@
	.globl	wasi_thread_start
	.type	wasi_thread_start,@function
	.export_name	wasi_thread_start, wasi_thread_start
wasi_thread_start:
	.functype	wasi_thread_start (i32, i32) -> ()
	local.get	1
	i32.load	0
	global.set	__stack_pointer
	local.get	1
	i32.load	4
	call	__wasm_init_tls
	local.get	1
	call	bramble_thread_main
	end_function
