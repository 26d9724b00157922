;; The inner loops of search, 16 bytes at a time where it pays. Compiled into kernel-bytes.ts; a test holds the two together.
(module
  (memory (export "memory") 1)

  ;; For each slot: in how many bits its code differs from the query's, as 16 bits at $out (0xffff where its text is 0),
  ;; counted in the histogram of 32-bit numbers at $histogram. $width is bytes per code, a multiple of 16.
  (func (export "distances")
    (param $query i32) (param $codes i32) (param $texts i32) (param $count i32) (param $width i32)
    (param $out i32) (param $histogram i32)
    (local $at i32) (local $end i32) (local $distance i32) (local $bytes v128) (local $sum v128) (local $bin i32)
    (block $done
      (loop $slots
        (br_if $done (i32.eqz (local.get $count)))
        (if (i32.eqz (i32.load (local.get $texts)))
          (then (i32.store16 (local.get $out) (i32.const 0xffff)))
          (else
            (local.set $sum (v128.const i32x4 0 0 0 0))
            (local.set $at (i32.const 0))
            (loop $groups
              ;; A byte holds the bits of 16 rounds (of 8 at most each) before it must be widened.
              (local.set $end (i32.add (local.get $at) (i32.const 256)))
              (if (i32.gt_u (local.get $end) (local.get $width)) (then (local.set $end (local.get $width))))
              (local.set $bytes (v128.const i32x4 0 0 0 0))
              (loop $rounds
                (local.set $bytes (i8x16.add (local.get $bytes) (i8x16.popcnt (v128.xor
                  (v128.load (i32.add (local.get $query) (local.get $at)))
                  (v128.load (i32.add (local.get $codes) (local.get $at)))))))
                (br_if $rounds (i32.lt_u
                  (local.tee $at (i32.add (local.get $at) (i32.const 16)))
                  (local.get $end))))
              (local.set $sum (i16x8.add (local.get $sum) (i16x8.extadd_pairwise_i8x16_u (local.get $bytes))))
              (br_if $groups (i32.lt_u (local.get $at) (local.get $width))))
            (local.set $sum (i32x4.extadd_pairwise_i16x8_u (local.get $sum)))
            (local.set $distance (i32.add
              (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
              (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
            (i32.store16 (local.get $out) (local.get $distance))
            (local.set $bin (i32.add (local.get $histogram) (i32.shl (local.get $distance) (i32.const 2))))
            (i32.store (local.get $bin) (i32.add (i32.load (local.get $bin)) (i32.const 1)))))
        (local.set $texts (i32.add (local.get $texts) (i32.const 4)))
        (local.set $codes (i32.add (local.get $codes) (local.get $width)))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $slots))))

  ;; Writes the numbers of the slots whose distance is at most $limit (below 0x8000), at most $most, as 32 bits each at
  ;; $found; returns how many. Reads distances 8 at a time: up to 7 behind the last one are read, and not taken.
  (func (export "collect")
    (param $distances i32) (param $count i32) (param $limit i32) (param $found i32) (param $most i32)
    (result i32)
    (local $slot i32) (local $taken i32) (local $limits v128) (local $near i32)
    (local.set $limits (i16x8.splat (local.get $limit)))
    (block $done
      (loop $eights
        (br_if $done (i32.ge_u (local.get $slot) (local.get $count)))
        (local.set $near (i16x8.bitmask (i16x8.le_u
          (v128.load (i32.add (local.get $distances) (i32.shl (local.get $slot) (i32.const 1))))
          (local.get $limits))))
        (block $none
          (loop $each
            (br_if $none (i32.eqz (local.get $near)))
            (br_if $done (i32.ge_u (local.get $taken) (local.get $most)))
            (br_if $done (i32.ge_u
              (i32.add (local.get $slot) (i32.ctz (local.get $near)))
              (local.get $count)))
            (i32.store
              (i32.add (local.get $found) (i32.shl (local.get $taken) (i32.const 2)))
              (i32.add (local.get $slot) (i32.ctz (local.get $near))))
            (local.set $taken (i32.add (local.get $taken) (i32.const 1)))
            (local.set $near (i32.and (local.get $near) (i32.sub (local.get $near) (i32.const 1))))
            (br $each)))
        (local.set $slot (i32.add (local.get $slot) (i32.const 8)))
        (br $eights)))
    (local.get $taken))

  ;; For each of the addresses at $rows: the inner product of its signed bytes with the query's, as 32 bits at $out.
  (func (export "products")
    (param $query i32) (param $rows i32) (param $count i32) (param $width i32) (param $out i32)
    (local $at i32) (local $row i32) (local $sum v128) (local $a v128) (local $b v128)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $row (i32.load (local.get $rows)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $at (i32.const 0))
        (loop $bytes
          (local.set $a (v128.load (i32.add (local.get $query) (local.get $at))))
          (local.set $b (v128.load (i32.add (local.get $row) (local.get $at))))
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.add
            (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_low_i8x16_s (local.get $a) (local.get $b)))
            (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_high_i8x16_s (local.get $a) (local.get $b))))))
          (br_if $bytes (i32.lt_u
            (local.tee $at (i32.add (local.get $at) (i32.const 16)))
            (local.get $width))))
        (i32.store (local.get $out) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
          (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each))))
  ;; For each of the codes at the addresses at $codes: the sum of the query's components where the code has a bit, as 32
  ;; bits at $out. The components are 4 bits each (0..15, for -8..7), as four planes of one bit, $width bytes per plane.
  (func (export "sums")
    (param $planes i32) (param $codes i32) (param $count i32) (param $width i32) (param $out i32)
    (local $at i32) (local $code i32) (local $sum v128) (local $bits v128) (local $plane i32)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $code (i32.load (local.get $codes)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $at (i32.const 0))
        (loop $bytes
          (local.set $bits (v128.load (i32.add (local.get $code) (local.get $at))))
          (local.set $plane (i32.add (local.get $planes) (local.get $at)))
          (local.set $sum (i16x8.sub (local.get $sum) (i16x8.shl
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt (local.get $bits))) (i32.const 3))))
          (local.set $sum (i16x8.add (local.get $sum)
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt (v128.and (local.get $bits) (v128.load (local.get $plane)))))))
          (local.set $plane (i32.add (local.get $plane) (local.get $width)))
          (local.set $sum (i16x8.add (local.get $sum) (i16x8.shl
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt (v128.and (local.get $bits) (v128.load (local.get $plane)))))
            (i32.const 1))))
          (local.set $plane (i32.add (local.get $plane) (local.get $width)))
          (local.set $sum (i16x8.add (local.get $sum) (i16x8.shl
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt (v128.and (local.get $bits) (v128.load (local.get $plane)))))
            (i32.const 2))))
          (local.set $plane (i32.add (local.get $plane) (local.get $width)))
          (local.set $sum (i16x8.add (local.get $sum) (i16x8.shl
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt (v128.and (local.get $bits) (v128.load (local.get $plane)))))
            (i32.const 3))))
          (br_if $bytes (i32.lt_u
            (local.tee $at (i32.add (local.get $at) (i32.const 16)))
            (local.get $width))))
        (local.set $sum (i32x4.extadd_pairwise_i16x8_s (local.get $sum)))
        (i32.store (local.get $out) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
          (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
        (local.set $codes (i32.add (local.get $codes) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
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
    (i32.shr_u (i32.sub (local.get $taken) (local.get $found)) (i32.const 2))))
