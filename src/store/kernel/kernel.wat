;; The inner loops of search, 16 bytes at a time where it pays. Compiled into kernel-bytes.ts; a test holds the two together.
(module
  (memory (export "memory") 1)

  ;; For each of $count slots, taken up to the next multiple of 16: an estimate of the cosine of its vector and the query's,
  ;; as 32-bit float at $out: ($bias + 2 * the sum of its tables' entries) * its factor + $lean * its share. Codes come 16 slots at a time, the
  ;; first byte of each, then the second, and so on, $width (even) bytes per code. The $tables are of 16 bytes (0..63), two
  ;; per byte of a code: which entry of the first is taken its lower 4 bits tell, which of the second its upper 4 bits.
  ;; A slot's sum stays below 65,536. At $bests, the largest of each 4 estimates: of 16 slots those of every fourth, from the
  ;; first, second, third and fourth on.
  (func (export "estimates")
    (param $tables i32) (param $codes i32) (param $factors i32) (param $shares i32) (param $count i32) (param $width i32)
    (param $bias f32) (param $lean f32) (param $out i32) (param $bests i32)
    (local $end i32) (local $table i32) (local $last i32) (local $bytes v128) (local $sums v128) (local $low v128)
    (local $high v128) (local $mask v128) (local $biases v128) (local $leans v128) (local $first v128) (local $second v128) (local $third v128)
    (local $fourth v128)
    (local.set $mask (i8x16.splat (i32.const 15)))
    (local.set $biases (f32x4.splat (local.get $bias)))
    (local.set $leans (f32x4.splat (local.get $lean)))
    (local.set $last (i32.add (local.get $tables) (i32.shl (local.get $width) (i32.const 5))))
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $slots
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $low (v128.const i32x4 0 0 0 0))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $table (local.get $tables))
        ;; Four entries fit into a byte before they must be widened.
        (loop $pairs
          (local.set $bytes (v128.load (local.get $codes)))
          (local.set $sums (i8x16.add
            (i8x16.swizzle (v128.load (local.get $table)) (v128.and (local.get $bytes) (local.get $mask)))
            (i8x16.swizzle (v128.load offset=16 (local.get $table)) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $mask)))))
          (local.set $bytes (v128.load offset=16 (local.get $codes)))
          (local.set $sums (i8x16.add (local.get $sums) (i8x16.add
            (i8x16.swizzle (v128.load offset=32 (local.get $table)) (v128.and (local.get $bytes) (local.get $mask)))
            (i8x16.swizzle (v128.load offset=48 (local.get $table)) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $mask))))))
          (local.set $low (i16x8.add (local.get $low) (i16x8.extend_low_i8x16_u (local.get $sums))))
          (local.set $high (i16x8.add (local.get $high) (i16x8.extend_high_i8x16_u (local.get $sums))))
          (local.set $codes (i32.add (local.get $codes) (i32.const 32)))
          (br_if $pairs (i32.lt_u
            (local.tee $table (i32.add (local.get $table) (i32.const 64)))
            (local.get $last))))
        (v128.store (local.get $out) (local.tee $first (f32x4.add
          (f32x4.mul (local.get $leans) (v128.load (local.get $shares)))
          (f32x4.mul (v128.load (local.get $factors)) (f32x4.add (local.get $biases)
            (f32x4.convert_i32x4_u (i32x4.shl (i32x4.extend_low_i16x8_u (local.get $low)) (i32.const 1))))))))
        (v128.store offset=16 (local.get $out) (local.tee $second (f32x4.add
          (f32x4.mul (local.get $leans) (v128.load offset=16 (local.get $shares)))
          (f32x4.mul (v128.load offset=16 (local.get $factors)) (f32x4.add (local.get $biases)
            (f32x4.convert_i32x4_u (i32x4.shl (i32x4.extend_high_i16x8_u (local.get $low)) (i32.const 1))))))))
        (v128.store offset=32 (local.get $out) (local.tee $third (f32x4.add
          (f32x4.mul (local.get $leans) (v128.load offset=32 (local.get $shares)))
          (f32x4.mul (v128.load offset=32 (local.get $factors)) (f32x4.add (local.get $biases)
            (f32x4.convert_i32x4_u (i32x4.shl (i32x4.extend_low_i16x8_u (local.get $high)) (i32.const 1))))))))
        (v128.store offset=48 (local.get $out) (local.tee $fourth (f32x4.add
          (f32x4.mul (local.get $leans) (v128.load offset=48 (local.get $shares)))
          (f32x4.mul (v128.load offset=48 (local.get $factors)) (f32x4.add (local.get $biases)
            (f32x4.convert_i32x4_u (i32x4.shl (i32x4.extend_high_i16x8_u (local.get $high)) (i32.const 1))))))))
        (v128.store (local.get $bests) (f32x4.pmax
          (f32x4.pmax (local.get $first) (local.get $second))
          (f32x4.pmax (local.get $third) (local.get $fourth))))
        (local.set $bests (i32.add (local.get $bests) (i32.const 16)))
        (local.set $factors (i32.add (local.get $factors) (i32.const 64)))
        (local.set $shares (i32.add (local.get $shares) (i32.const 64)))
        (local.set $out (i32.add (local.get $out) (i32.const 64)))
        (br $slots))))

  ;; For each of the addresses at $rows: the inner product of its signed bytes with the query's signed 16 bits, as 64-bit
  ;; float at $out. $width is bytes per row, a multiple of 16; a fourth of the products must fit into 32 bits.
  (func (export "products")
    (param $query i32) (param $rows i32) (param $count i32) (param $width i32) (param $out i32)
    (local $at i32) (local $row i32) (local $end i32) (local $sum v128) (local $bytes v128)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $row (i32.load (local.get $rows)))
        (local.set $end (i32.add (local.get $row) (local.get $width)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $at (local.get $query))
        (loop $bytes
          (local.set $bytes (v128.load (local.get $row)))
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $bytes)) (v128.load (local.get $at)))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=16 (local.get $at))))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $bytes (i32.lt_u
            (local.tee $row (i32.add (local.get $row) (i32.const 16)))
            (local.get $end))))
        (f64.store (local.get $out) (f64.convert_i64_s (i64.add
          (i64.add
            (i64.extend_i32_s (i32x4.extract_lane 0 (local.get $sum)))
            (i64.extend_i32_s (i32x4.extract_lane 1 (local.get $sum))))
          (i64.add
            (i64.extend_i32_s (i32x4.extract_lane 2 (local.get $sum)))
            (i64.extend_i32_s (i32x4.extract_lane 3 (local.get $sum)))))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each))))

  ;; Adds $weight * impact to the 32-bit score at $scores of each of the $count postings at $list: two bytes of document
  ;; number and one of impact each.
  (func (export "addSparse") (param $list i32) (param $count i32) (param $weight f32) (param $scores i32)
    (local $end i32) (local $score i32)
    (local.set $end (i32.add (local.get $list) (i32.mul (local.get $count) (i32.const 3))))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $list) (local.get $end)))
        (local.set $score (i32.add (local.get $scores) (i32.shl (i32.load16_u (local.get $list)) (i32.const 2))))
        (f32.store (local.get $score) (f32.add (f32.load (local.get $score))
          (f32.mul (local.get $weight) (f32.convert_i32_u (i32.load8_u offset=2 (local.get $list))))))
        (local.set $list (i32.add (local.get $list) (i32.const 3)))
        (br $each))))

  ;; The same for a list of one byte of impact per document. $count is taken up to the next multiple of 16.
  (func (export "addDense") (param $list i32) (param $count i32) (param $weight f32) (param $scores i32)
    (local $end i32) (local $weights v128) (local $bytes v128) (local $low v128) (local $high v128)
    (local.set $weights (f32x4.splat (local.get $weight)))
    (local.set $end (i32.add (local.get $list) (local.get $count)))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $list) (local.get $end)))
        (local.set $bytes (v128.load (local.get $list)))
        (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
        (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
        (v128.store (local.get $scores) (f32x4.add (v128.load (local.get $scores))
          (f32x4.mul (local.get $weights) (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $low))))))
        (v128.store offset=16 (local.get $scores) (f32x4.add (v128.load offset=16 (local.get $scores))
          (f32x4.mul (local.get $weights) (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $low))))))
        (v128.store offset=32 (local.get $scores) (f32x4.add (v128.load offset=32 (local.get $scores))
          (f32x4.mul (local.get $weights) (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $high))))))
        (v128.store offset=48 (local.get $scores) (f32x4.add (v128.load offset=48 (local.get $scores))
          (f32x4.mul (local.get $weights) (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $high))))))
        (local.set $list (i32.add (local.get $list) (i32.const 16)))
        (local.set $scores (i32.add (local.get $scores) (i32.const 64)))
        (br $each))))

  ;; Writes the numbers of the scores that are at least $least, as 32 bits each at $found; returns how many. $count is
  ;; taken up to the next multiple of 4.
  (func (export "atLeast") (param $scores i32) (param $count i32) (param $least f32) (param $found i32) (result i32)
    (local $doc i32) (local $taken i32) (local $limits v128) (local $high i32)
    (local.set $limits (f32x4.splat (local.get $least)))
    (local.set $taken (local.get $found))
    (block $done
      (loop $fours
        (br_if $done (i32.ge_u (local.get $doc) (local.get $count)))
        (local.set $high (i32x4.bitmask (f32x4.ge
          (v128.load (i32.add (local.get $scores) (i32.shl (local.get $doc) (i32.const 2))))
          (local.get $limits))))
        (block $none
          (loop $each
            (br_if $none (i32.eqz (local.get $high)))
            (i32.store (local.get $taken) (i32.add (local.get $doc) (i32.ctz (local.get $high))))
            (local.set $taken (i32.add (local.get $taken) (i32.const 4)))
            (local.set $high (i32.and (local.get $high) (i32.sub (local.get $high) (i32.const 1))))
            (br $each)))
        (local.set $doc (i32.add (local.get $doc) (i32.const 4)))
        (br $fours)))
    (i32.shr_u (i32.sub (local.get $taken) (local.get $found)) (i32.const 2)))

  ;; How many of $count floats, a multiple of 4, are at least $least.
  (func (export "countAtLeast") (param $values i32) (param $count i32) (param $least f32) (result i32)
    (local $end i32) (local $counts v128) (local $limits v128)
    (local.set $limits (f32x4.splat (local.get $least)))
    (local.set $end (i32.add (local.get $values) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $fours
        (br_if $done (i32.ge_u (local.get $values) (local.get $end)))
        ;; Where it holds, all bits are set: -1.
        (local.set $counts (i32x4.sub (local.get $counts)
          (f32x4.ge (v128.load (local.get $values)) (local.get $limits))))
        (local.set $values (i32.add (local.get $values) (i32.const 16)))
        (br $fours)))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $counts)) (i32x4.extract_lane 1 (local.get $counts)))
      (i32.add (i32x4.extract_lane 2 (local.get $counts)) (i32x4.extract_lane 3 (local.get $counts))))))
