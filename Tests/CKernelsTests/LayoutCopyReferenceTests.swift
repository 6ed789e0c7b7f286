import CKernels
import TestSupport
import Testing

/// `ck_copy` against the plain loop over all indices.
@Suite struct LayoutCopyReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var shape: [Int]
    var inStrides: [Int]
    var outStrides: [Int]
    var inStart = 0
    var testDescription: String { name }
  }

  static let cases: [Case] = {
    func permuted(_ shape: [Int], _ order: [Int]) -> Case {
      let strides = rowMajorStrides(shape)
      let out = order.map { shape[$0] }
      return Case(
        name: "transpose \(shape) by \(order)", shape: out, inStrides: order.map { strides[$0] },
        outStrides: rowMajorStrides(out))
    }
    return [
      permuted([5, 7], [1, 0]), permuted([16, 16], [1, 0]), permuted([33, 17], [1, 0]),
      permuted([3, 600, 40], [0, 2, 1]), permuted([2, 3, 20, 35], [0, 2, 3, 1]),
      permuted([2, 20, 35, 3], [0, 3, 1, 2]), permuted([2, 19, 5, 18], [3, 0, 2, 1]),
      permuted([2, 4, 6, 8], [0, 2, 1, 3]), permuted([1, 16, 4, 40], [0, 2, 1, 3]),
      Case(name: "contiguous", shape: [3, 5000], inStrides: [5000, 1], outStrides: [5000, 1]),
      Case(name: "one element", shape: [1, 1], inStrides: [9, 9], outStrides: [9, 9]),
      Case(name: "no axes", shape: [], inStrides: [], outStrides: []),
      Case(name: "empty", shape: [3, 0, 2], inStrides: [0, 2, 1], outStrides: [0, 2, 1]),
      Case(name: "slice", shape: [4, 6], inStrides: [20, 2], outStrides: [6, 1], inStart: 3),
      Case(name: "reversed", shape: [4, 6], inStrides: [6, -1], outStrides: [6, 1], inStart: 5),
      Case(
        name: "reversed rows", shape: [4, 6], inStrides: [-6, 1], outStrides: [6, 1], inStart: 18),
      Case(name: "expand rows", shape: [7, 9], inStrides: [0, 1], outStrides: [9, 1]),
      Case(name: "expand columns", shape: [7, 90], inStrides: [1, 0], outStrides: [90, 1]),
      Case(
        name: "tile", shape: [2, 3, 4, 5], inStrides: [0, 5, 0, 1], outStrides: [60, 20, 5, 1]),
      Case(
        name: "concatenation", shape: [3, 4, 5], inStrides: [20, 5, 1], outStrides: [70, 5, 1]),
      Case(name: "interleave", shape: [6, 5], inStrides: [5, 1], outStrides: [10, 2]),
      Case(
        name: "transposed broadcast", shape: [3, 20, 21], inStrides: [0, 1, 20],
        outStrides: [420, 21, 1]),
      Case(
        name: "eight axes", shape: [2, 1, 3, 2, 2, 1, 3, 2],
        inStrides: [1, 5, 2, 6, 12, 7, 24, 72], outStrides: [72, 72, 24, 12, 6, 6, 2, 1]),
    ]
  }()

  @Test(arguments: KernelSet.available, cases)
  func copies(set: KernelSet, one: Case) throws {
    try check(set, one, UInt8.self)
    try check(set, one, UInt16.self)
    try check(set, one, UInt32.self)
    try check(set, one, UInt64.self)
  }

  private func check<T: FixedWidthInteger & Sendable>(
    _ set: KernelSet, _ one: Case, _: T.Type
  ) throws {
    let count = one.shape.reduce(1, *)
    func reach(_ strides: [Int]) -> Int {
      zip(one.shape, strides).map { max($0 - 1, 0) * max($1, 0) }.reduce(1, +)
    }
    let source = (0...one.inStart + reach(one.inStrides)).map { T(truncatingIfNeeded: $0 &* 40503) }
    var expected = [T](repeating: 99, count: reach(one.outStrides) + 1)
    for i in 0..<count {
      var (rest, from, to) = (i, one.inStart, 0)
      for axis in one.shape.indices.reversed() {
        from += rest % one.shape[axis] * one.inStrides[axis]
        to += rest % one.shape[axis] * one.outStrides[axis]
        rest /= one.shape[axis]
      }
      expected[to] = source[from]
    }
    let result = KernelMemory<T>(repeating: 99, count: expected.count)
    let memory = KernelMemory(source)
    try runKernel(
      ck_copy(
        set.isa, Int32(MemoryLayout<T>.size), memory.pointer + one.inStart, result.pointer,
        Int32(one.shape.count), one.shape.map(Int32.init), one.inStrides, one.outStrides),
      keeping: [memory, result])
    #expect(result.values == expected)
  }
}
