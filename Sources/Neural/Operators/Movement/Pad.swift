/// Adds (or, with negative pads, removes) elements at both ends of axes.
///
/// Inputs: x; pads, a constant integer vector of all begins then all ends; value?, one element of
/// x's type (0 without it); axes?, a constant integer vector: the axes that pads speak of, all
/// without it. Negative pads cut before the rest is filled.
package struct Pad: Operator, Hashable {
  package enum Mode: Hashable, Sendable {
    case constant
    /// Mirrors at the border element, which is not repeated.
    case reflect
    /// Repeats the border element.
    case edge
    /// Continues at the other end.
    case wrap
  }

  package var mode: Mode

  package init(mode: Mode) {
    self.mode = mode
  }

  package var name: String { "Pad" }

  /// Begin and end pads for every axis of an input.
  ///
  /// - Throws: `OperatorError.invalidAttribute` where pads and axes do not fit together.
  package static func resolve(
    rank: Int, pads: [Int], axes: [Int]?
  ) throws -> (begin: [Int], end: [Int]) {
    let axes = try Axes.resolve(axes ?? Array(0..<rank), rank: rank)
    guard pads.count == 2 * axes.count else {
      throw OperatorError.invalidAttribute("pads", "\(pads.count) entries for \(axes.count) axes")
    }
    let limit = SpatialWindow.maximumExtent
    for pad in pads where pad < -limit || pad > limit {
      throw OperatorError.invalidAttribute("pads", "\(pad) is outside \(-limit)...\(limit)")
    }
    var begin = [Int](repeating: 0, count: rank)
    var end = begin
    for (index, axis) in axes.enumerated() {
      begin[axis] = pads[index]
      end[axis] = pads[index + axes.count]
    }
    return (begin, end)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...4)
    let x = try inputs.type(0, "x")
    let (begin, end) = try Self.resolve(
      rank: x.shape.count, pads: try inputs.integers(1, "pads"),
      axes: try inputs.optionalIntegers(3, "axes"))
    if let value = inputs.optionalType(2) {
      try value.requireSameType(as: x, "constant_value")
      guard value.shape.allSatisfy({ $0 == 1 }) else {
        throw OperatorError.invalidInput(
          "constant_value has shape \(value.shape), needs one element")
      }
    }
    let shape = try x.shape.indices.map { axis in
      let left = x.shape[axis] + min(begin[axis], 0) + min(end[axis], 0)
      guard left >= 0 else {
        throw OperatorError.invalidAttribute(
          "pads", "\(begin[axis]) and \(end[axis]) cut axis \(axis) of \(x.shape[axis]) away")
      }
      guard mode == .constant || left > 0 || (begin[axis] <= 0 && end[axis] <= 0) else {
        throw OperatorError.invalidInput("axis \(axis) is empty: nothing to fill from")
      }
      return x.shape[axis] + begin[axis] + end[axis]
    }
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let (begin, end) = try Self.resolve(
      rank: x.shape.count, pads: try required(inputs, 1).integers(),
      axes: try optional(inputs, 3)?.integers())
    let sources = x.shape.indices.map { axis in
      (0..<type.shape[axis]).map {
        source($0, size: x.shape[axis], begin: begin[axis], end: end[axis])
      }
    }
    let value = optional(inputs, 2)
    switch type.elementType.byteCount {
    case 1: return [try fill(UInt8(0), x, value, type, sources)]
    case 2: return [try fill(UInt16(0), x, value, type, sources)]
    case 4: return [try fill(UInt32(0), x, value, type, sources)]
    default: return [try fill(UInt64(0), x, value, type, sources)]
    }
  }

  /// The input position that an output position of one axis shows; -1 for the constant.
  private func source(_ output: Int, size: Int, begin: Int, end: Int) -> Int {
    let first = max(-begin, 0)
    let count = size - first - max(-end, 0)
    let position = output - begin - first
    if position >= 0, position < count { return first + position }
    switch mode {
    case .constant: return -1
    case .edge: return first + (position < 0 ? 0 : count - 1)
    case .wrap: return first + (position % count + count) % count
    case .reflect:
      if count == 1 { return first }
      let period = 2 * (count - 1)
      let phase = (position % period + period) % period
      return first + min(phase, period - phase)
    }
  }

  private func fill<T>(
    _ zero: T, _ x: Tensor, _ value: Tensor?, _ type: TensorType, _ sources: [[Int]]
  ) throws -> Tensor {
    let constant = value?.withElements(T.self) { $0[0] } ?? zero
    let strides = StridedWalk.rowMajorStrides(x.shape)
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        guard let last = sources.last else {
          output[0] = x[0]
          return
        }
        // The outer position of each row, from its number.
        for row in 0..<output.count / max(last.count, 1) {
          var (rest, start, inside) = (row, 0, true)
          for axis in sources.indices.dropLast().reversed() {
            let position = sources[axis][rest % sources[axis].count]
            rest /= sources[axis].count
            inside = inside && position >= 0
            start += position * strides[axis]
          }
          for (i, position) in last.enumerated() {
            output[row * last.count + i] = inside && position >= 0 ? x[start + position] : constant
          }
        }
      }
    }
  }
}
