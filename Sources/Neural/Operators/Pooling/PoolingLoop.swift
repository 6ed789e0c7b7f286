/// Visits the windows of a pooling operator over 1 to 3 spatial axes.
struct PoolingLoop {
  private let input: ThreeAxes
  private let output: ThreeAxes
  private let kernel: ThreeAxes
  private let strides: ThreeAxes
  private let dilations: ThreeAxes
  private let begin: ThreeAxes
  private let end: ThreeAxes

  /// - Parameters:
  ///   - window: A valid window.
  ///   - inputShape: `[N, C, spatial...]`
  ///   - outputShape: `[N, C, spatial...]`
  init(_ window: SpatialWindow, inputShape: [Int], outputShape: [Int]) {
    let padding = window.padding(Array(inputShape.dropFirst(2)))
    input = ThreeAxes(inputShape.dropFirst(2))
    output = ThreeAxes(outputShape.dropFirst(2))
    kernel = ThreeAxes(window.kernel)
    strides = ThreeAxes(window.strides)
    dilations = ThreeAxes(window.dilations)
    begin = ThreeAxes(padding.begin, missing: 0)
    end = ThreeAxes(padding.end, missing: 0)
  }

  /// Elements of one input plane.
  var inputCount: Int { input.count }

  /// Calls `window` for each output position of a plane, with the positions of its taps inside the
  /// input plane and the number of its taps inside the padded plane.
  func forEachWindow(
    _ window: (_ output: Int, _ taps: [Int], _ paddedTaps: Double) -> Void
  ) {
    var position = 0
    var inside: [Int] = []
    for d in 0..<output.depth {
      let depths = taps(
        d, input.depth, kernel.depth, strides.depth, dilations.depth, begin.depth, end.depth)
      for h in 0..<output.height {
        let rows = taps(
          h, input.height, kernel.height, strides.height, dilations.height, begin.height,
          end.height)
        for w in 0..<output.width {
          let columns = taps(
            w, input.width, kernel.width, strides.width, dilations.width, begin.width, end.width)
          inside.removeAll(keepingCapacity: true)
          for id in depths.inside {
            for ih in rows.inside {
              for iw in columns.inside {
                inside.append((id * input.height + ih) * input.width + iw)
              }
            }
          }
          window(position, inside, depths.padded * rows.padded * columns.padded)
          position += 1
        }
      }
    }
  }

  /// The input positions of the taps of one output position on one axis, and how many taps lie
  /// inside the padded axis. Taps outside are skipped, not visited, as kernels may be huge.
  private func taps(
    _ output: Int, _ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ begin: Int,
    _ end: Int
  ) -> (inside: StrideTo<Int>, padded: Double) {
    let start = output * stride - begin
    let first = start >= 0 ? 0 : min((dilation - 1 - start) / dilation, kernel)
    let last = start >= size ? 0 : min((size - 1 - start) / dilation + 1, kernel)
    let padded = min(max((size + end - 1 - start) / dilation + 1, 0), kernel)
    let inside = Swift.stride(
      from: start + first * dilation, to: start + last * dilation, by: dilation)
    return (inside, Double(padded))
  }
}
