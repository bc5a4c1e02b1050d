;; Never ends and never calls the kernel: others must go on all the same.
(module
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $forever (br $forever))))
