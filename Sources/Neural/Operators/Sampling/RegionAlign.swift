/// Cuts regions out of a feature map, each resampled to one size (Mask R-CNN, He et al. 2017,
/// arXiv:1703.06870): ONNX's `RoiAlign`.
///
/// Inputs: x, Float32 `[N, C, H, W]`; regions, Float32 `[R, 4]` as `x1, y1, x2, y2` in picture pixels;
/// pictures, Int64 `[R]`. Output: Float32 `[R, C, rows, columns]`: in each bin the mean, or the
/// largest weighted tap, of a grid of samples. Samples beyond one element outside count as 0.
package struct RegionAlign: Operator, Hashable {
  package enum Mode: Hashable, Sendable { case average, max }

  package var mode: Mode
  package var rows: Int
  package var columns: Int
  /// Samples per bin and axis; 0 is one per element, rounded up.
  package var samplingRatio: Int
  /// Elements of the map per picture pixel.
  package var spatialScale: Float
  /// Whether coordinates speak of edges: the centre of the first element is at a half.
  package var isHalfPixel: Bool

  package init(
    mode: Mode, rows: Int, columns: Int, samplingRatio: Int, spatialScale: Float, isHalfPixel: Bool
  ) {
    self.mode = mode
    self.rows = rows
    self.columns = columns
    self.samplingRatio = samplingRatio
    self.spatialScale = spatialScale
    self.isHalfPixel = isHalfPixel
  }

  package var name: String { "RoiAlign" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let x = try inputs.floatType(0, "x").shape
    let regions = try inputs.floatType(1, "rois").shape
    let pictures = try inputs.type(2, "batch_indices")
    try pictures.requireIndices("batch_indices")
    guard x.count == 4, regions.count == 2, regions[1] == 4, pictures.shape == [regions[0]],
      x[2] > 0, x[3] > 0
    else {
      throw OperatorError.invalidInput(
        "x of shape \(x), rois of shape \(regions), batch_indices of shape \(pictures.shape)")
    }
    let limit = SpatialWindow.maximumExtent
    guard (1...limit).contains(rows), (1...limit).contains(columns),
      (0...1024).contains(samplingRatio), spatialScale.isFinite
    else {
      throw OperatorError.invalidAttribute(
        "output_height, output_width, sampling_ratio",
        "\(rows), \(columns), \(samplingRatio): needs 1...\(limit), at most 1024 samples")
    }
    return [try .output(.float32, [regions[0], x[1], rows, columns])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let regions = try required(inputs, 1).elements(Float.self)
    let pictures = try required(inputs, 2).integers()
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    if let bad = pictures.first(where: { $0 < 0 || $0 >= x.shape[0] }) {
      throw OperatorError.invalidInput("batch index \(bad) of \(x.shape[0]) pictures")
    }
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      try x.withElements(Float.self) { x in
        for (region, picture) in pictures.enumerated() {
          let corners = regions[region * 4..<region * 4 + 4].map { Double($0) }
          let down = try samples(corners[1], corners[3], bins: rows, size: height)
          let across = try samples(corners[0], corners[2], bins: columns, size: width)
          // What every bin reads, one list for all channels.
          var taps: [Tap] = []
          var counts: [Int] = []
          for v in down {
            for h in across {
              for v in v {
                for h in h { taps.append(Tap(v, h, width: width)) }
              }
              counts.append(v.count * h.count)
            }
          }
          for channel in 0..<channels {
            let plane = (picture * channels + channel) * height * width
            let target = (region * channels + channel) * rows * columns
            var first = 0
            for (bin, count) in counts.enumerated() {
              output[target + bin] = value(x, plane, taps, first..<first + count)
              first += count
            }
          }
        }
      }
    }
    return [result]
  }

  /// The four elements around one sample.
  private struct Tap {
    var offsets: (Int, Int, Int, Int)
    var weights: (Double, Double, Double, Double)

    init(_ v: Sample, _ h: Sample, width: Int) {
      offsets = (
        v.low * width + h.low, v.low * width + h.high, v.high * width + h.low,
        v.high * width + h.high
      )
      weights = (
        v.lowWeight * h.lowWeight, v.lowWeight * h.highWeight, v.highWeight * h.lowWeight,
        v.highWeight * h.highWeight
      )
    }
  }

  private func value(
    _ x: UnsafeBufferPointer<Float>, _ plane: Int, _ taps: [Tap], _ range: Swift.Range<Int>
  ) -> Float {
    var (sum, largest) = (0.0, -Double.infinity)
    for index in range {
      let tap = taps[index]
      let a = Double(x[plane + tap.offsets.0]) * tap.weights.0
      let b = Double(x[plane + tap.offsets.1]) * tap.weights.1
      let c = Double(x[plane + tap.offsets.2]) * tap.weights.2
      let d = Double(x[plane + tap.offsets.3]) * tap.weights.3
      sum += a + b + c + d
      largest = largest.maximum(a).maximum(b).maximum(c).maximum(d)
    }
    let count = Double(max(range.count, 1))
    return mode == .average ? Float(sum / count) : Float(largest == -.infinity ? 0 : largest)
  }

  /// Where one sample reads along one axis.
  private struct Sample {
    var low = 0
    var high = 0
    var lowWeight = 0.0
    var highWeight = 0.0
  }

  /// The samples of every bin along one axis.
  private func samples(
    _ first: Double, _ last: Double, bins: Int, size: Int
  ) throws -> [[Sample]] {
    let shift = isHalfPixel ? 0.5 : 0
    let start = first * Double(spatialScale) - shift
    var length = last * Double(spatialScale) - shift - start
    if !isHalfPixel { length = max(length, 1) }
    let binLength = length / Double(bins)
    let wanted = binLength.rounded(.up)
    guard start.isFinite, length.isFinite, samplingRatio > 0 || wanted <= 4096 else {
      throw OperatorError.invalidInput("a region from \(first) to \(last) on \(size) elements")
    }
    let count = samplingRatio > 0 ? samplingRatio : max(Int(wanted), 0)
    return (0..<bins).map { bin in
      (0..<count).map { step in
        let place =
          start + Double(bin) * binLength + (Double(step) + 0.5) * binLength / Double(count)
        guard place >= -1, place <= Double(size), size > 0 else { return Sample() }
        let inside = max(place, 0)
        let low = min(Int(inside), size - 1)
        if low == size - 1 { return Sample(low: low, high: low, lowWeight: 1, highWeight: 0) }
        let t = inside - Double(low)
        return Sample(low: low, high: low + 1, lowWeight: 1 - t, highWeight: t)
      }
    }
  }
}
