/// Values read off the plots of arXiv:2605.27734v1 (CC BY 4.0), with their reading error.
module Rhm.Claims.Published

/// P* of iterative latent clustering with k-means, the number of strings at which the mean accuracy of the highest non-root latents
/// crosses 50%, for each m: figure 3 left, lower right inset (L=5, s=3, v=8); +-15%.
let Figure3Left: System.Collections.Generic.IReadOnlyDictionary<int, float> =
    readOnlyDict [ 6, 3500.0; 8, 7300.0; 12, 11900.0; 16, 40500.0; 22, 226000.0; 32, 560000.0 ]

/// P* of data2vec, the number of training strings at which the mean-pooled linear probe of the root crosses 50%, for each m: figure 4
/// right, lower right inset (L=4, s=2, v=16, d_model 2048, online); +-15%. About 1000 H100-hours for all its data2vec experiments.
let Figure4Data2Vec: System.Collections.Generic.IReadOnlyDictionary<int, float> =
    readOnlyDict [ 3, 5.4e6; 4, 1.26e7; 5, 1.85e7; 6, 3.64e7; 7, 6.1e7 ]

/// The same offline (figure 14), as the range of P*/(v m^3) that the collapsed curves cross 50% in.
let Figure14Offline = struct (30.0, 50.0)
