import Neural
import StrictJSON
import TestSupport
import Testing

/// Packing and unpadding against `Fixtures/spec/09_packing.json`.
@Suite struct SequencePackingTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("09_packing.json").root }

  private func groups(_ json: JSONValue) -> [[Int]] {
    (json.arrayValue ?? []).map(\.integers)
  }

  @Test func sequencesInGroups() throws {
    let vector = try vectors.member("lmms_next_fit")
    let lengths = try vector.member("lengths").integers
    let capacity = try vector.member("packing_length").integers[0]
    #expect(
      SequencePacking.nextFit.groups(lengths, capacity: capacity)
        == groups(try vector.member("next_fit_keep_overlong")))
    let kept = lengths.indices.filter { lengths[$0] <= capacity }
    #expect(Set(lengths.indices).subtracting(kept) == Set(try vector.member("dropped").integers))
    let short = kept.map { lengths[$0] }
    let next = SequencePacking.nextFit.groups(short, capacity: capacity)
    #expect(
      next.map { $0.map { kept[$0] } } == groups(try vector.member("next_fit_filter_overlong")))
    for (packing, key) in [
      (SequencePacking.firstFit, "first_fit"), (.firstFitDecreasing, "first_fit_decreasing"),
      (.bestFitDecreasing, "best_fit_decreasing"),
    ] {
      let result = packing.groups(short, capacity: capacity)
      #expect(result == groups(try vector.member(key)), "\(key)")
      #expect(result.flatMap { $0 }.sorted() == Array(short.indices))
    }
  }

  @Test func picturesInGroups() throws {
    let vector = try vectors.member("images")
    let patch = try vector.member("patch").integers[0]
    let capacity = try vector.member("capacity").integers[0]
    let tokens = groups(try vector.member("hw")).map {
      ($0[0] + patch - 1) / patch * (($0[1] + patch - 1) / patch)
    }
    #expect(tokens == (try vector.member("tokens").integers))
    for (packing, key, waste) in [
      (SequencePacking.nextFit, "next_fit", "waste_next_fit"),
      (.firstFitDecreasing, "ffd", "waste_ffd"),
    ] {
      let result = packing.groups(tokens, capacity: capacity)
      #expect(result == groups(try vector.member(key)))
      expectClose(
        [SequencePacking.waste(result, tokens, capacity: capacity)],
        try vector.member(waste).numbers, absolute: 1e-7)
    }
    let longest = try #require(tokens.max())
    expectClose(
      [
        SequencePacking.waste(tokens.indices.map { [$0] }, tokens, capacity: longest)
      ], try vector.member("waste_pad_to_max").numbers, absolute: 1e-7)
  }

  @Test(arguments: ["unpad_right", "unpad_left", "unpad_with_empty_row"])
  func unpadding(_ key: String) throws {
    let vector = try vectors.member(key)
    let result = SequenceBoundaries(
      mask: groups(try vector.member("mask")).map { $0.map { $0 != 0 } })
    #expect(result.indices == (try vector.member("indices").integers))
    #expect(result.lengths == (try vector.member("seqlens").integers))
    #expect(result.boundaries == (try vector.member("cu_seqlens").integers))
    #expect(result.longest == (try vector.member("max_seqlen").integers[0]))
    #expect(result.indices.count == (try vector.member("total").integers[0]))
    if key == "unpad_right" {
      #expect(result.positions == (try vectors.member("position_ids_after_unpad").integers))
    }
  }

  @Test func lengthsInOneRow() throws {
    let vector = try vectors.member("attention_mask_in_length_example")
    let result = SequenceBoundaries(lengths: groups(try vector.member("lengths")))
    #expect(result.boundaries == (try vector.member("cu_seqlens").integers))
    #expect(result.indices == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17])
  }

  @Test func seededNumbers() throws {
    let vector = try vectors.member("lcg")
    var random = SeededGenerator(seed: 7)
    let numbers = random.floats(4)
    expectClose(numbers, try vector.member("seed7_first4").floats, absolute: 1e-7)
    let (a, c, m) = (
      try vector.member("a").integers[0], try vector.member("c").integers[0],
      try vector.member("m").integers[0]
    )
    var state = 7
    for number in numbers {
      state = (a * state + c) % m
      #expect(number == Float(Double(state) / Double(m) - 0.5))
    }
  }
}
