;; Does nothing, in 17 pages of memory, as many as a Rust program of the standard library has.
(module
    (memory (export "memory") 17)
    (func (export "_start")))
