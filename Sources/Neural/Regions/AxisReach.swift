/// Which input positions each output position of one spatial axis reads, for one input size.
///
/// With `.shrink(s)`, output `o` reads `o * s + offset ..< o * s + offset + extent`. With
/// `.grow(f)` it reads the inputs `i` with `o + offset <= i * f < o + offset + extent`. Reads
/// beyond `0 ..< size` meet the operator's border value.
package struct AxisReach: Hashable, Sendable {
  package enum Rate: Hashable, Sendable {
    /// Input positions per output position.
    case shrink(Int)
    /// Output positions per input position.
    case grow(Int)
  }

  package var rate: Rate
  package var offset: Int
  package var extent: Int
  /// The output's size.
  package var count: Int

  /// The input positions that the output positions of a non-empty range read.
  package func reads(_ outputs: Swift.Range<Int>) -> Swift.Range<Int> {
    let last = outputs.upperBound - 1
    switch rate {
    case .shrink(let stride):
      let first = outputs.lowerBound * stride + offset
      return first..<max(first, last * stride + offset + extent)
    case .grow(let factor):
      let first = Self.ceilDivide(outputs.lowerBound + offset, factor)
      return first..<max(first, Self.floorDivide(last + offset + extent - 1, factor) + 1)
    }
  }

  /// Where the input position `origin` begins on the output; `nil` between two positions.
  package func outputOrigin(_ origin: Int) -> Int? {
    switch rate {
    case .shrink(let stride): origin % stride == 0 ? origin / stride : nil
    case .grow(let factor): origin * factor
    }
  }

  /// Whether the same positions are read, whatever the sizes.
  package func readsAs(_ other: AxisReach) -> Bool {
    rate == other.rate && offset == other.offset && extent == other.extent
  }

  static func floorDivide(_ a: Int, _ b: Int) -> Int {
    a >= 0 ? a / b : -((b - 1 - a) / b)
  }

  static func ceilDivide(_ a: Int, _ b: Int) -> Int { -floorDivide(-a, b) }
}

/// How an operator moves along one spatial axis; its reach follows with the input's size, on which
/// some paddings depend.
enum AxisRule {
  case same
  /// A window of one axis.
  case window(SpatialWindow)
  case transposed(SpatialWindow, outputPadding: Int)
  /// Every position so many times.
  case enlarge(Int)
  /// Every so many positions in one.
  case block(Int)
  case slice(start: Int, step: Int)
  case pad(begin: Int, end: Int)

  /// - Throws: `OperatorError` where the input is too small.
  func reach(_ size: Int) throws -> AxisReach {
    switch self {
    case .same: return AxisReach(rate: .shrink(1), offset: 0, extent: 1, count: size)
    case .window(let window):
      return AxisReach(
        rate: .shrink(window.strides[0]), offset: -window.padding([size]).begin[0],
        extent: window.extent(0), count: try window.outputSize([size])[0])
    case .transposed(let window, let outputPadding):
      let (stride, extent) = (window.strides[0], window.extent(0))
      let full = stride * (size - 1) + outputPadding + extent
      var (begin, end) = (window.padsBegin[0], window.padsEnd[0])
      switch window.autoPad {
      case .notSet: break
      case .valid: (begin, end) = (0, 0)
      case .sameUpper, .sameLower:
        let total = max(full - size * stride, 0)
        (begin, end) = (total / 2, total - total / 2)
        if window.autoPad == .sameLower { swap(&begin, &end) }
      }
      return AxisReach(
        rate: .grow(stride), offset: begin - (extent - 1), extent: extent,
        count: full - begin - end)
    case .enlarge(let factor):
      return AxisReach(
        rate: .grow(factor), offset: 1 - factor, extent: factor, count: size * factor)
    case .block(let side):
      return AxisReach(rate: .shrink(side), offset: 0, extent: side, count: size / side)
    case .slice(let start, let step):
      return AxisReach(
        rate: .shrink(step), offset: start, extent: 1,
        count: max(0, (size - start + step - 1) / step))
    case .pad(let begin, let end):
      return AxisReach(
        rate: .shrink(1), offset: -begin, extent: 1, count: size + begin + end)
    }
  }
}
