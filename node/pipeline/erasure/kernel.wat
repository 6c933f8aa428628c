;; Rows of a Reed-Solomon code over GF(2^8), 16 bytes at a time.
;;
;;   destination[row][p] = XOR over all sources s of coefficient[row][s] * source[s][p]     for from <= p < to
;;
;; A product with a fixed coefficient c is linear in the bits of x, so c*x = c*(x & 15) ^ c*(x & 240): two lookups in
;; tables of 16 bytes, which is what a byte shuffle does for 16 bytes at once. Indices never exceed 15, where the relaxed
;; shuffle and the strict one agree; scripts/build/erasure-kernel.ts compiles this text a second time with the strict one
;; for engines without relaxed SIMD.
;;
;; Two rows and 64 bytes per step: eight accumulators and two rows of tables just fit sixteen vector registers.
(module
  (import "env" "memory" (memory 1))

  ;; destinations, sources: arrays of i32 addresses. rows: even (a last odd row is listed twice, with its tables).
  ;; tables: per pair of rows and source 64 bytes: low and high table of the first row, then of the second.
  ;; from, to: byte range within each cell, multiples of 64, from < to.
  (func (export "combine")
    (param $destinations i32) (param $rows i32) (param $sources i32) (param $count i32)
    (param $tables i32) (param $from i32) (param $to i32)
    (local $block i32) (local $blockEnd i32) (local $row i32) (local $p i32) (local $address i32)
    (local $source i32) (local $sourcesEnd i32) (local $table i32) (local $rowTables i32)
    (local $mask v128) (local $low v128) (local $high v128)
    (local $lowA v128) (local $highA v128) (local $lowB v128) (local $highB v128)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128)
    (local $b0 v128) (local $b1 v128) (local $b2 v128) (local $b3 v128)

    (local.set $mask (i8x16.splat (i32.const 15)))
    (local.set $sourcesEnd (i32.add (local.get $sources) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $block (local.get $from))

    ;; Blocks of 4 KiB: the same piece of every source stays in the first cache while all rows are made from it.
    (loop $blocks
      (local.set $blockEnd (i32.add (local.get $block) (i32.const 4096)))
      (if (i32.gt_u (local.get $blockEnd) (local.get $to)) (then (local.set $blockEnd (local.get $to))))
      (local.set $row (i32.const 0))
      (local.set $rowTables (local.get $tables))

      (loop $rowPairs
        (local.set $p (local.get $block))

        (loop $columns
          (local.set $a0 (v128.const i64x2 0 0)) (local.set $b0 (v128.const i64x2 0 0))
          (local.set $a1 (v128.const i64x2 0 0)) (local.set $b1 (v128.const i64x2 0 0))
          (local.set $a2 (v128.const i64x2 0 0)) (local.set $b2 (v128.const i64x2 0 0))
          (local.set $a3 (v128.const i64x2 0 0)) (local.set $b3 (v128.const i64x2 0 0))
          (local.set $source (local.get $sources))
          (local.set $table (local.get $rowTables))

          (loop $eachSource
            (local.set $address (i32.add (i32.load (local.get $source)) (local.get $p)))
            (local.set $lowA (v128.load (local.get $table)))
            (local.set $highA (v128.load offset=16 (local.get $table)))
            (local.set $lowB (v128.load offset=32 (local.get $table)))
            (local.set $highB (v128.load offset=48 (local.get $table)))

            (local.set $high (v128.load (local.get $address)))
            (local.set $low (v128.and (local.get $high) (local.get $mask)))
            (local.set $high (i8x16.shr_u (local.get $high) (i32.const 4)))
            (local.set $a0 (v128.xor (local.get $a0) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowA) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highA) (local.get $high)))))
            (local.set $b0 (v128.xor (local.get $b0) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowB) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highB) (local.get $high)))))

            (local.set $high (v128.load offset=16 (local.get $address)))
            (local.set $low (v128.and (local.get $high) (local.get $mask)))
            (local.set $high (i8x16.shr_u (local.get $high) (i32.const 4)))
            (local.set $a1 (v128.xor (local.get $a1) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowA) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highA) (local.get $high)))))
            (local.set $b1 (v128.xor (local.get $b1) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowB) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highB) (local.get $high)))))

            (local.set $high (v128.load offset=32 (local.get $address)))
            (local.set $low (v128.and (local.get $high) (local.get $mask)))
            (local.set $high (i8x16.shr_u (local.get $high) (i32.const 4)))
            (local.set $a2 (v128.xor (local.get $a2) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowA) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highA) (local.get $high)))))
            (local.set $b2 (v128.xor (local.get $b2) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowB) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highB) (local.get $high)))))

            (local.set $high (v128.load offset=48 (local.get $address)))
            (local.set $low (v128.and (local.get $high) (local.get $mask)))
            (local.set $high (i8x16.shr_u (local.get $high) (i32.const 4)))
            (local.set $a3 (v128.xor (local.get $a3) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowA) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highA) (local.get $high)))))
            (local.set $b3 (v128.xor (local.get $b3) (v128.xor
              (i8x16.relaxed_swizzle (local.get $lowB) (local.get $low))
              (i8x16.relaxed_swizzle (local.get $highB) (local.get $high)))))

            (local.set $table (i32.add (local.get $table) (i32.const 64)))
            (local.set $source (i32.add (local.get $source) (i32.const 4)))
            (br_if $eachSource (i32.lt_u (local.get $source) (local.get $sourcesEnd))))

          (local.set $address (i32.add (local.get $destinations) (i32.shl (local.get $row) (i32.const 2))))
          (local.set $source (i32.add (i32.load offset=4 (local.get $address)) (local.get $p)))
          (local.set $address (i32.add (i32.load (local.get $address)) (local.get $p)))
          (v128.store (local.get $address) (local.get $a0))
          (v128.store offset=16 (local.get $address) (local.get $a1))
          (v128.store offset=32 (local.get $address) (local.get $a2))
          (v128.store offset=48 (local.get $address) (local.get $a3))
          (v128.store (local.get $source) (local.get $b0))
          (v128.store offset=16 (local.get $source) (local.get $b1))
          (v128.store offset=32 (local.get $source) (local.get $b2))
          (v128.store offset=48 (local.get $source) (local.get $b3))
          (local.set $p (i32.add (local.get $p) (i32.const 64)))
          (br_if $columns (i32.lt_u (local.get $p) (local.get $blockEnd))))

        (local.set $rowTables (local.get $table))
        (local.set $row (i32.add (local.get $row) (i32.const 2)))
        (br_if $rowPairs (i32.lt_u (local.get $row) (local.get $rows))))

      (local.set $block (local.get $blockEnd))
      (br_if $blocks (i32.lt_u (local.get $block) (local.get $to))))))
