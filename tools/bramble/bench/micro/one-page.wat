;; Does nothing, in one page of memory.
(module
    (memory (export "memory") 1)
    (func (export "_start")))
