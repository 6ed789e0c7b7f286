/// Where the largest element of each window lies in the whole input: ONNX's second output of
/// MaxPool.
///
/// Input: x `[N, C, spatial...]`, any numeric type. Output: Int64, the pool's shape; of equal
/// elements the first counts.
package struct MaxPoolIndices: Operator, Hashable {
  package var pool: MaxPool
  /// Whether indices within a plane run down the columns first.
  package var isColumnMajor: Bool

  package init(pool: MaxPool, isColumnMajor: Bool) {
    self.pool = pool
    self.isColumnMajor = isColumnMajor
  }

  package var name: String { "MaxPool" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let pooled = try pool.inferTypes(inputs)[0]
    return [try .output(.int64, pooled.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    return [try search(try x.elementType.arithmetic(), x, type)]
  }

  private func search<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ type: TensorType
  ) throws -> Tensor {
    let window = SpatialWindow(
      kernel: pool.kernel, strides: pool.strides, dilations: pool.dilations,
      padsBegin: pool.padsBegin, padsEnd: pool.padsEnd, autoPad: pool.autoPad,
      ceilMode: pool.ceilMode)
    let loop = PoolingLoop(window, inputShape: x.shape, outputShape: type.shape)
    let outputCount = type.shape.dropFirst(2).reduce(1, *)
    let spatial = Array(x.shape.dropFirst(2))
    return try Tensor(.int64, shape: type.shape, as: Int64.self) { output in
      x.withElements(T.self) { x in
        loop.forEachWindow { position, taps, _ in
          for plane in 0..<type.shape[0] * type.shape[1] {
            let start = plane * loop.inputCount
            var best = taps.first ?? 0
            for tap in taps where x[start + tap] > x[start + best] { best = tap }
            let place = isColumnMajor ? Self.columnMajor(best, spatial) : best
            output[plane * outputCount + position] = Int64(start + place)
          }
        }
      }
    }
  }

  private static func columnMajor(_ index: Int, _ shape: [Int]) -> Int {
    var (rest, result, step) = (index, 0, shape.reduce(1, *))
    for size in shape.reversed() {
      step /= size
      result += rest % size * step
      rest /= size
    }
    return result
  }
}
