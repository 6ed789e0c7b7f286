import Pyramids
import TestSupport
import Testing

@Suite struct PowerLawTests {
  @Test func exactLawsAreFound() throws {
    for lambda in [-0.7, 0, 0.11, 2] {
      let samples = [0.5, 0.7, 0.9, 1.3, 1].map {
        PowerLaw.Sample(
          scaleRatio: $0,
          meanRatio: RealLevels.correction(scale: $0, source: 1, lambda: lambda))
      }
      let law = try #require(PowerLaw(fitting: samples))
      #expect(abs(law.lambda - lambda) < 1e-12)
      #expect(law.residual < 1e-12)
      #expect(law.sampleCount == 4)
    }
  }

  /// Two samples at the same scale: the geometric mean of their ratios decides.
  @Test func fitsAreLeastSquares() throws {
    let law = try #require(
      PowerLaw(fitting: [
        .init(scaleRatio: 0.5, meanRatio: 1), .init(scaleRatio: 0.5, meanRatio: 4),
      ]))
    #expect(abs(law.lambda - 1) < 1e-12)
    // Both lie log 2 from the law.
    #expect(abs(law.residual - 0.693_147_180_559_945_3) < 1e-12)
  }

  @Test func samplesThatSayNothingAreLeftOut() {
    #expect(PowerLaw(fitting: []) == nil)
    #expect(
      PowerLaw(fitting: [
        .init(scaleRatio: 1, meanRatio: 2), .init(scaleRatio: 0.5, meanRatio: 0),
        .init(scaleRatio: 0.5, meanRatio: .nan), .init(scaleRatio: 0, meanRatio: 1),
      ]) == nil)
  }
}
