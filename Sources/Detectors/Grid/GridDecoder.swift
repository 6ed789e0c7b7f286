package import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Turns the raw tensors of one detection head into scored boxes.
///
/// Decoders are values without state: the same tensors give the same candidates.
package protocol GridDecoder: Sendable {
  var classCount: Int { get }

  /// The number of elements of each tensor that `decode` reads, in order.
  var elementCounts: [Int] { get }

  /// Appends every (box, class) pair whose score exceeds the threshold.
  ///
  /// - Parameters:
  ///   - tensors: Finite values, row-major; their counts are `elementCounts`.
  ///   - scoreThreshold: Pairs at or below it are left out.
  ///   - candidates: Boxes in network-input pixels, continuous coordinates (origin at the outer top
  ///     left corner, no "+ 1"). They may leave the input.
  func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates)
}

extension GridDecoder {
  /// As `decode(_:scoreThreshold:into:)` for arrays.
  package func candidates(_ tensors: [[Float]], scoreThreshold: Float) -> Candidates {
    precondition(tensors.map(\.count) == elementCounts, "tensors do not have the head's sizes")
    var candidates = Candidates()
    let copies = tensors.map { tensor in
      let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.count)
      _ = copy.initialize(from: tensor)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    decode(
      copies.map { UnsafeBufferPointer($0) }, scoreThreshold: scoreThreshold, into: &candidates)
    return candidates
  }
}

/// `1 / (1 + e^-x)`.
@inline(__always)
func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }

/// Where `sigmoid` reaches `probability`, less a margin that covers its rounding: logits at or
/// below it need no `exp`.
@inline(__always)
func logitBound(_ probability: Double) -> Float {
  if probability <= 0 { return -.infinity }
  if probability >= 1 { return .infinity }
  return Float(log(probability / (1 - probability))) - 1e-3
}

/// `e^x` for box sizes, its argument capped at 10 so that no size overflows.
@inline(__always)
func sizeExponential(_ x: Float) -> Double { exp(min(Double(x), 10)) }

/// The softmax of `count` values at `values[0]`, `values[stride]`, … .
func softmax(_ values: UnsafePointer<Float>, count: Int, stride: Int) -> [Double] {
  var largest = -Float.infinity
  for index in 0..<count { largest = max(largest, values[index * stride]) }
  var result = [Double](repeating: 0, count: count)
  var sum = 0.0
  for index in 0..<count {
    result[index] = exp(Double(values[index * stride] - largest))
    sum += result[index]
  }
  for index in 0..<count { result[index] /= sum }
  return result
}
